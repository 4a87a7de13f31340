// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {INodeRegistry} from "./interfaces/INodeRegistry.sol";
import {Credentials, NodeRecord, NodeStatement} from "./InferenceTypes.sol";
import {InferenceHash} from "./libraries/InferenceHash.sol";

/// @title Which nodes may sign records, and with which key
/// @notice A node stands here because a registrar signed that it checked the node's quote. That is the registrar's
/// word: whoever relies on a TEE verifies the quote itself. Nobody can change or remove a registration; it can only be
/// revoked, which stops further records and leaves those from before.
/// @dev Deployed by the constructor of InferenceLog, which alone may ban keys.
contract NodeRegistry is INodeRegistry, EIP712 {
    uint8 private constant TEE = 1;
    uint256 private constant MAX_ENDPOINT_BYTES = 512;

    /// @notice Whose signature admits nodes: a plain account or an ERC-1271 contract.
    address public immutable registrar;
    /// @notice The contract that may ban keys.
    address public immutable inferenceLog;

    struct Details {
        bytes32 statementHash;
        bytes32 quoteHash;
        bytes32 measurementsHash;
        uint64 registeredAt;
        string endpoint;
    }

    mapping(bytes32 nodeId => Credentials) private _credentials;
    mapping(bytes32 nodeId => Details) private _details;
    mapping(address receiptKey => bool) public isBanned;
    bytes32[] private _nodeIds;

    constructor(address registrar_) EIP712("OpenGradient Node Registry", "1") {
        registrar = registrar_;
        inferenceLog = msg.sender;
    }

    /// @inheritdoc INodeRegistry
    function register(NodeStatement calldata statement, bytes calldata signature) external {
        _requireSound(statement);
        bytes32 statementHash = InferenceHash.ofNode(statement);
        bytes32 known = _details[statement.nodeId].statementHash;
        // Somebody else may have submitted the same statement first.
        if (known == statementHash) return;
        if (known != 0) revert NodeConflict(statement.nodeId);
        if (isBanned[statement.receiptKey]) revert KeyIsBanned(statement.receiptKey);
        if (!SignatureChecker.isValidSignatureNow(registrar, _hashTypedDataV4(statementHash), signature)) {
            revert BadRegistrarSignature();
        }

        _credentials[statement.nodeId] = Credentials({
            receiptKey: statement.receiptKey,
            mode: statement.mode,
            revokedAt: 0,
            notBefore: statement.notBefore,
            notAfter: statement.notAfter,
            logId: statement.logId
        });
        _details[statement.nodeId] = Details({
            statementHash: statementHash,
            quoteHash: statement.quoteHash,
            measurementsHash: statement.measurementsHash,
            registeredAt: uint64(block.timestamp),
            endpoint: statement.endpoint
        });
        _nodeIds.push(statement.nodeId);
        emit NodeRegistered(
            statement.nodeId,
            statement.logId,
            statement.receiptKey,
            statement.mode,
            statement.quoteHash,
            statement.measurementsHash,
            statement.endpoint,
            statement.notBefore,
            statement.notAfter
        );
    }

    /// @inheritdoc INodeRegistry
    function revoke(bytes32 nodeId) external {
        address receiptKey = _credentials[nodeId].receiptKey;
        if (receiptKey == address(0)) revert UnknownNode(nodeId);
        if (msg.sender != registrar && msg.sender != receiptKey && !isBanned[receiptKey]) revert NotAuthorized();
        _revoke(nodeId);
    }

    /// @notice Bans the key of a node and revokes the node. Further nodes of the key can then be revoked by anyone.
    function ban(bytes32 nodeId) external {
        if (msg.sender != inferenceLog) revert NotAuthorized();
        address receiptKey = _credentials[nodeId].receiptKey;
        if (receiptKey == address(0)) revert UnknownNode(nodeId);
        if (!isBanned[receiptKey]) {
            isBanned[receiptKey] = true;
            emit KeyBanned(receiptKey);
        }
        _revoke(nodeId);
    }

    /// @inheritdoc INodeRegistry
    function node(bytes32 nodeId) external view returns (NodeRecord memory) {
        Credentials storage access = _credentials[nodeId];
        Details storage details = _details[nodeId];
        return NodeRecord({
            logId: access.logId,
            receiptKey: access.receiptKey,
            mode: access.mode,
            quoteHash: details.quoteHash,
            measurementsHash: details.measurementsHash,
            endpoint: details.endpoint,
            notBefore: access.notBefore,
            notAfter: access.notAfter,
            registeredAt: details.registeredAt,
            revokedAt: access.revokedAt
        });
    }

    /// @inheritdoc INodeRegistry
    function credentials(bytes32 nodeId) external view returns (Credentials memory) {
        return _credentials[nodeId];
    }

    /// @inheritdoc INodeRegistry
    function nodeCount() external view returns (uint256) {
        return _nodeIds.length;
    }

    /// @inheritdoc INodeRegistry
    function nodeIds(uint256 offset, uint256 limit) external view returns (bytes32[] memory ids) {
        uint256 count = _nodeIds.length;
        uint256 length = offset >= count ? 0 : count - offset;
        if (length > limit) length = limit;
        ids = new bytes32[](length);
        for (uint256 i = 0; i < length; ++i) {
            ids[i] = _nodeIds[offset + i];
        }
    }

    function _revoke(bytes32 nodeId) private {
        if (_credentials[nodeId].revokedAt != 0) return;
        _credentials[nodeId].revokedAt = uint64(block.timestamp);
        emit NodeRevoked(nodeId);
    }

    function _requireSound(NodeStatement calldata statement) private pure {
        bool isNamed = statement.nodeId != 0 && statement.logId != 0 && statement.receiptKey != address(0);
        bool isQuoted = statement.mode != TEE || (statement.quoteHash != 0 && statement.measurementsHash != 0);
        bool isBounded = statement.mode <= TEE && statement.notBefore < statement.notAfter
            && bytes(statement.endpoint).length <= MAX_ENDPOINT_BYTES;
        if (!isNamed || !isQuoted || !isBounded) revert InvalidStatement();
    }
}
