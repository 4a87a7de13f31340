// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {TransientSlot} from "@openzeppelin/contracts/utils/TransientSlot.sol";
import {IInferenceLog} from "./interfaces/IInferenceLog.sol";
import {Checkpoint, Credentials, Receipt, Refusal, Salts, Terms} from "./InferenceTypes.sol";
import {InferenceHash} from "./libraries/InferenceHash.sol";
import {MerkleLog} from "./libraries/MerkleLog.sol";
import {NodeRegistry} from "./NodeRegistry.sol";

/// @title Records of paid LLM inferences
/// @notice Three ways to put an inference on chain: its hashes (`settle`), its content (`settleWithMetadata`), or one
/// Merkle root for any number of them (`checkpoint`). Everything that is accepted was signed by a registered node;
/// anyone may submit it, so nobody can hold a record back. There is no owner: no account can change, hide or forge a
/// record.
/// @dev Records live in events. Settled receipts take no storage, so one may be settled twice: readers deduplicate by
/// digest. Signatures are secp256k1 with low s.
contract InferenceLog is IInferenceLog, EIP712 {
    using TransientSlot for bytes32;
    using TransientSlot for TransientSlot.BooleanSlot;

    uint8 private constant SETTLE = 0;
    uint8 private constant SETTLE_METADATA = 1;
    uint256 private constant MAX_URI_BYTES = 512;

    /// @notice The nodes whose signatures count here.
    NodeRegistry public immutable nodeRegistry;

    /// @dev Largest size of a log and latest time that a checkpoint may have: forty bits each.
    uint256 private constant MAX_FIELD = type(uint40).max;
    uint256 private constant FIELD_BITS = 40;
    /// @dev Sizes and times of so many consecutive checkpoints share a storage slot: a new slot costs four times a changed one.
    uint64 private constant FACTS_PER_SLOT = 3;

    mapping(bytes32 logId => mapping(uint64 seq => bytes32)) private _roots;
    mapping(bytes32 logId => mapping(uint64 slot => uint256)) private _facts;

    /// @param registrar Whose signature admits nodes to the registry that is deployed along.
    constructor(address registrar) EIP712("OpenGradient Inference", "1") {
        nodeRegistry = new NodeRegistry(registrar);
    }

    /// @inheritdoc IInferenceLog
    function settle(Receipt[] calldata receipts, bytes[] calldata signatures) external {
        if (receipts.length != signatures.length) revert LengthMismatch();
        bytes32 domain = _domainSeparatorV4();
        bytes32 nodeId;
        Credentials memory node;
        for (uint256 i = 0; i < receipts.length; ++i) {
            Receipt calldata receipt = receipts[i];
            bytes32 digest = MessageHashUtils.toTypedDataHash(domain, InferenceHash.ofReceipt(receipt));
            if (receipt.nodeId != nodeId) {
                nodeId = receipt.nodeId;
                node = nodeRegistry.credentials(nodeId);
            }
            Refusal refusal = _refusalOf(receipt, SETTLE, digest, signatures[i], node);
            if (refusal == Refusal.None && !_isFirst(digest)) refusal = Refusal.Repeated;
            if (refusal == Refusal.None) {
                emit Settled(
                    digest,
                    receipt.paymentHash,
                    nodeId,
                    receipt.requestCommitment,
                    receipt.responseCommitment,
                    receipt.termsHash
                );
            } else {
                emit Skipped(digest, refusal);
            }
        }
    }

    /// @inheritdoc IInferenceLog
    function settleWithMetadata(
        Receipt calldata receipt,
        Terms calldata terms,
        Salts calldata salts,
        bytes calldata request,
        bytes calldata response,
        bytes calldata signature
    ) external {
        bytes32 digest = hashReceipt(receipt);
        Credentials memory node = nodeRegistry.credentials(receipt.nodeId);
        Refusal refusal = _refusalOf(receipt, SETTLE_METADATA, digest, signature, node);
        if (refusal != Refusal.None) revert Refused(refusal);
        if (InferenceHash.commitment(salts.request, request) != receipt.requestCommitment) {
            revert RequestCommitmentMismatch();
        }
        if (InferenceHash.commitment(salts.response, response) != receipt.responseCommitment) {
            revert ResponseCommitmentMismatch();
        }
        if (InferenceHash.ofTerms(terms) != receipt.termsHash) revert TermsHashMismatch();
        emit SettledMetadata(digest, receipt.paymentHash, receipt.nodeId, receipt, terms, salts, request, response);
    }

    /// @inheritdoc IInferenceLog
    function checkpoint(
        Checkpoint calldata head,
        bytes32 nodeId,
        bytes calldata signature,
        bytes32[] calldata consistencyProof
    ) external {
        (uint64 knownSize,) = _factsOf(head.logId, head.seq);
        if (knownSize != 0) {
            if (_roots[head.logId][head.seq] != head.root || knownSize != head.size) revert CheckpointConflict(head.seq);
            return;
        }
        // The number of the last one is stored nowhere: what comes next is what has a predecessor and is not there yet.
        if (head.seq == 0) revert UnexpectedSeq(lastSeq(head.logId) + 1);
        uint64 last = head.seq - 1;
        (uint64 lastSize,) = _factsOf(head.logId, last);
        if (last != 0 && lastSize == 0) revert UnexpectedSeq(lastSeq(head.logId) + 1);
        if (bytes(head.uri).length > MAX_URI_BYTES) revert UriTooLong();
        if (head.size > MAX_FIELD) revert SizeTooLarge();
        _requireSignedForLog(head, nodeId, signature);

        if (head.size <= lastSize) revert SizeNotGreater(lastSize);
        bytes32 lastRoot = _roots[head.logId][last];
        if (!MerkleLog.verifyConsistency(lastSize, lastRoot, head.size, head.root, consistencyProof)) {
            revert InconsistentLog();
        }

        _roots[head.logId][head.seq] = head.root;
        _facts[head.logId][(head.seq - 1) / FACTS_PER_SLOT] |=
            (uint256(head.size) | ((block.timestamp & MAX_FIELD) << FIELD_BITS)) << _shiftOf(head.seq);
        emit CheckpointPublished(head.logId, head.seq, head.size, head.root, head.uri);
    }

    /// @inheritdoc IInferenceLog
    function reportEquivocation(
        Receipt calldata first,
        bytes calldata firstSignature,
        Receipt calldata second,
        bytes calldata secondSignature
    ) external {
        if (first.attempt != second.attempt) revert NoEquivocation();
        _convict(first, firstSignature, second, secondSignature);
    }

    /// @inheritdoc IInferenceLog
    function reportDoubleCharge(
        Receipt calldata first,
        Terms calldata firstTerms,
        bytes calldata firstSignature,
        Receipt calldata second,
        Terms calldata secondTerms,
        bytes calldata secondSignature
    ) external {
        if (InferenceHash.ofTerms(firstTerms) != first.termsHash) revert TermsHashMismatch();
        if (InferenceHash.ofTerms(secondTerms) != second.termsHash) revert TermsHashMismatch();
        if (firstTerms.charged == 0 || secondTerms.charged == 0) revert NoEquivocation();
        _convict(first, firstSignature, second, secondSignature);
    }

    /// @inheritdoc IInferenceLog
    function verifyInclusion(bytes32 logId, uint64 seq, bytes32 leaf, uint64 index, bytes32[] calldata proof)
        external
        view
        returns (bool)
    {
        (uint64 size,) = _factsOf(logId, seq);
        if (size == 0) revert UnknownCheckpoint(logId, seq);
        return MerkleLog.verifyInclusion(MerkleLog.hashLeaf(leaf), index, size, proof, _roots[logId][seq]);
    }

    /// @inheritdoc IInferenceLog
    function checkpointAt(bytes32 logId, uint64 seq)
        external
        view
        returns (uint64 size, uint64 publishedAt, bytes32 root)
    {
        (size, publishedAt) = _factsOf(logId, seq);
        root = _roots[logId][seq];
    }

    /// @inheritdoc IInferenceLog
    /// @dev By doubling and halving: free as a call, and no checkpoint pays for it.
    function lastSeq(bytes32 logId) public view returns (uint64) {
        uint64 missing = 1;
        while (_isPublished(logId, missing)) missing <<= 1;
        uint64 published = missing >> 1;
        while (missing - published > 1) {
            uint64 middle = published + (missing - published) / 2;
            if (_isPublished(logId, middle)) published = middle;
            else missing = middle;
        }
        return published;
    }

    /// @inheritdoc IInferenceLog
    function hashReceipt(Receipt calldata receipt) public view returns (bytes32) {
        return _hashTypedDataV4(InferenceHash.ofReceipt(receipt));
    }

    /// @inheritdoc IInferenceLog
    function hashTerms(Terms calldata terms) external pure returns (bytes32) {
        return InferenceHash.ofTerms(terms);
    }

    /// @inheritdoc IInferenceLog
    function hashCheckpoint(Checkpoint calldata head) public view returns (bytes32) {
        return _hashTypedDataV4(InferenceHash.ofCheckpoint(head));
    }

    /// @dev Where the facts of a checkpoint begin in their slot.
    function _shiftOf(uint64 seq) private pure returns (uint256) {
        return ((seq - 1) % FACTS_PER_SLOT) * (2 * FIELD_BITS);
    }

    function _isPublished(bytes32 logId, uint64 seq) private view returns (bool) {
        (uint64 size,) = _factsOf(logId, seq);
        return size != 0;
    }

    /// @dev Size and time of a checkpoint; zeros for one that is not there.
    function _factsOf(bytes32 logId, uint64 seq) private view returns (uint64 size, uint64 publishedAt) {
        if (seq == 0) return (0, 0);
        uint256 facts = _facts[logId][(seq - 1) / FACTS_PER_SLOT] >> _shiftOf(seq);
        return (uint64(facts & MAX_FIELD), uint64((facts >> FIELD_BITS) & MAX_FIELD));
    }

    /// @dev Cheap checks first; `Refusal.None` when the receipt may be recorded.
    function _refusalOf(
        Receipt calldata receipt,
        uint8 settlement,
        bytes32 digest,
        bytes calldata signature,
        Credentials memory node
    ) private pure returns (Refusal) {
        if (node.receiptKey == address(0)) return Refusal.UnknownNode;
        if (receipt.logId != node.logId) return Refusal.WrongLog;
        if (receipt.mode != node.mode) return Refusal.WrongMode;
        if (receipt.settlement != settlement) return Refusal.WrongSettlement;
        if (node.revokedAt != 0) return Refusal.Revoked;
        if (receipt.finishedAt < node.notBefore || receipt.finishedAt > node.notAfter) return Refusal.OutsideValidity;
        if (!_isSignedBy(node.receiptKey, digest, signature)) return Refusal.BadSignature;
        return Refusal.None;
    }

    /// @dev True the first time in a transaction. Transient storage keeps that for 200 gas; a digest is its own slot.
    function _isFirst(bytes32 digest) private returns (bool) {
        TransientSlot.BooleanSlot seen = digest.asBoolean();
        if (seen.tload()) return false;
        seen.tstore(true);
        return true;
    }

    function _requireSignedForLog(Checkpoint calldata head, bytes32 nodeId, bytes calldata signature) private view {
        Credentials memory node = nodeRegistry.credentials(nodeId);
        if (node.receiptKey == address(0)) revert Refused(Refusal.UnknownNode);
        if (head.logId != node.logId) revert Refused(Refusal.WrongLog);
        if (node.revokedAt != 0) revert Refused(Refusal.Revoked);
        if (block.timestamp < node.notBefore || block.timestamp > node.notAfter) {
            revert Refused(Refusal.OutsideValidity);
        }
        if (!_isSignedBy(node.receiptKey, hashCheckpoint(head), signature)) revert Refused(Refusal.BadSignature);
    }

    /// @dev What both kinds of contradiction have in common; revoked nodes can still be convicted, and so banned.
    function _convict(
        Receipt calldata first,
        bytes calldata firstSignature,
        Receipt calldata second,
        bytes calldata secondSignature
    ) private {
        if (first.logId != second.logId || first.paymentHash != second.paymentHash) revert NoEquivocation();
        bytes32 firstDigest = hashReceipt(first);
        bytes32 secondDigest = hashReceipt(second);
        if (firstDigest == secondDigest) revert NoEquivocation();
        _requireSignedByNode(first, firstDigest, firstSignature);
        _requireSignedByNode(second, secondDigest, secondSignature);
        nodeRegistry.ban(first.nodeId);
        nodeRegistry.ban(second.nodeId);
        emit Equivocation(first.logId, first.paymentHash, firstDigest, secondDigest);
    }

    function _requireSignedByNode(Receipt calldata receipt, bytes32 digest, bytes calldata signature) private view {
        Credentials memory node = nodeRegistry.credentials(receipt.nodeId);
        if (node.receiptKey == address(0)) revert Refused(Refusal.UnknownNode);
        if (receipt.logId != node.logId) revert Refused(Refusal.WrongLog);
        if (!_isSignedBy(node.receiptKey, digest, signature)) revert Refused(Refusal.BadSignature);
    }

    function _isSignedBy(address receiptKey, bytes32 digest, bytes calldata signature) private pure returns (bool) {
        (address signer, ECDSA.RecoverError problem,) = ECDSA.tryRecoverCalldata(digest, signature);
        return problem == ECDSA.RecoverError.NoError && signer == receiptKey;
    }
}
