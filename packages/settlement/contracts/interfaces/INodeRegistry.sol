// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Credentials, NodeRecord, NodeStatement} from "../InferenceTypes.sol";

/// @title Which nodes may sign records, and with which key
interface INodeRegistry {
    /// @notice A node was registered. Together with `NodeRevoked` this is the node list.
    event NodeRegistered(
        bytes32 indexed nodeId,
        bytes32 indexed logId,
        address indexed receiptKey,
        uint8 mode,
        bytes32 quoteHash,
        bytes32 measurementsHash,
        string endpoint,
        uint64 notBefore,
        uint64 notAfter
    );
    /// @notice No further record of this node is accepted. Records from before stand.
    event NodeRevoked(bytes32 indexed nodeId);
    /// @notice A key signed contradictory records and can never be registered again.
    event KeyBanned(address indexed receiptKey);

    /// @notice A field of the statement cannot be right: `nodeId`, `logId` or `receiptKey` zero, validity empty,
    /// unknown mode, no quote in TEE mode, or the endpoint too long.
    error InvalidStatement();
    /// @notice The registrar did not sign this statement.
    error BadRegistrarSignature();
    /// @notice The node is registered with other content.
    error NodeConflict(bytes32 nodeId);
    error KeyIsBanned(address receiptKey);
    error UnknownNode(bytes32 nodeId);
    error NotAuthorized();

    /// @notice Registers a node by the registrar's signature; anyone may submit it. Again is harmless.
    function register(NodeStatement calldata statement, bytes calldata signature) external;

    /// @notice Revokes a node: for the registrar, the node's own receipt key, and for anyone once its key is banned.
    function revoke(bytes32 nodeId) external;

    /// @notice A node, all zero when unknown.
    function node(bytes32 nodeId) external view returns (NodeRecord memory);

    /// @notice What decides about a node's signatures, all zero when unknown.
    function credentials(bytes32 nodeId) external view returns (Credentials memory);

    /// @notice Whether a key signed contradictory records.
    function isBanned(address receiptKey) external view returns (bool);

    /// @notice How many nodes were ever registered.
    function nodeCount() external view returns (uint256);

    /// @notice Up to `limit` node ids in order of registration, from number `offset` on.
    function nodeIds(uint256 offset, uint256 limit) external view returns (bytes32[] memory);
}
