// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Checkpoint, Receipt, Refusal, Salts, Terms} from "../InferenceTypes.sol";

/// @title Records of paid LLM inferences
interface IInferenceLog {
    /// @notice A receipt of SETTLE. The same digest may come again; readers keep the first.
    event Settled(
        bytes32 indexed digest,
        bytes32 indexed paymentHash,
        bytes32 indexed nodeId,
        bytes32 requestCommitment,
        bytes32 responseCommitment,
        bytes32 termsHash
    );
    /// @notice An item of `settle` was not accepted; the others are not affected.
    event Skipped(bytes32 indexed digest, Refusal reason);
    /// @notice A receipt of SETTLE_METADATA with everything that its hashes stand for.
    event SettledMetadata(
        bytes32 indexed digest,
        bytes32 indexed paymentHash,
        bytes32 indexed nodeId,
        Receipt receipt,
        Terms terms,
        Salts salts,
        bytes request,
        bytes response
    );
    /// @notice A new head of a log, an extension of the one before.
    event CheckpointPublished(bytes32 indexed logId, uint64 indexed seq, uint64 size, bytes32 root, string uri);
    /// @notice Two signed receipts that no honest operator signs both.
    event Equivocation(
        bytes32 indexed logId, bytes32 indexed paymentHash, bytes32 firstDigest, bytes32 secondDigest
    );

    error LengthMismatch();
    error Refused(Refusal reason);
    error RequestCommitmentMismatch();
    error ResponseCommitmentMismatch();
    error TermsHashMismatch();
    error UnexpectedSeq(uint64 expected);
    error SizeNotGreater(uint64 last);
    error CheckpointConflict(uint64 seq);
    error InconsistentLog();
    error UriTooLong();
    error SizeTooLarge();
    error UnknownCheckpoint(bytes32 logId, uint64 seq);
    error NoEquivocation();

    /// @notice SETTLE: emits the hashes of each good receipt and skips the others with an event.
    /// @dev "Bad" is about an item's meaning. Calldata that is not the ABI encoding of the arguments reverts as always.
    function settle(Receipt[] calldata receipts, bytes[] calldata signatures) external;

    /// @notice SETTLE_METADATA: recomputes both commitments and the terms' hash, then emits the content itself.
    /// @param request The canonical JSON (RFC 8785) of the request, whose keccak256 is the request hash.
    /// @param response The canonical JSON of the transcript, whose keccak256 is the response hash.
    function settleWithMetadata(
        Receipt calldata receipt,
        Terms calldata terms,
        Salts calldata salts,
        bytes calldata request,
        bytes calldata response,
        bytes calldata signature
    ) external;

    /// @notice SETTLE_BATCH: publishes a signed head after checking that it extends the last one.
    /// A repeated checkpoint is harmless.
    /// @param nodeId Which node of the log signed it.
    /// @param signature By the receipt key of that node, which must be valid now.
    /// @param consistencyProof From the last published size to this one, empty for the first.
    function checkpoint(
        Checkpoint calldata head,
        bytes32 nodeId,
        bytes calldata signature,
        bytes32[] calldata consistencyProof
    ) external;

    /// @notice Revokes and bans the node or nodes that signed two different receipts for one attempt of one payment.
    function reportEquivocation(
        Receipt calldata first,
        bytes calldata firstSignature,
        Receipt calldata second,
        bytes calldata secondSignature
    ) external;

    /// @notice Revokes and bans the node or nodes that charged one payment twice.
    function reportDoubleCharge(
        Receipt calldata first,
        Terms calldata firstTerms,
        bytes calldata firstSignature,
        Receipt calldata second,
        Terms calldata secondTerms,
        bytes calldata secondSignature
    ) external;

    /// @notice Whether a receipt's digest is leaf number `index` of the log as published in checkpoint `seq`.
    function verifyInclusion(bytes32 logId, uint64 seq, bytes32 leaf, uint64 index, bytes32[] calldata proof)
        external
        view
        returns (bool);

    /// @notice Number of the last checkpoint of a log, 0 when none.
    function lastSeq(bytes32 logId) external view returns (uint64);

    /// @notice A published checkpoint, all zero when there is none with this number.
    function checkpointAt(bytes32 logId, uint64 seq)
        external
        view
        returns (uint64 size, uint64 publishedAt, bytes32 root);

    /// @notice EIP-712 digest of a receipt: what a node signs, what is a leaf of the log.
    function hashReceipt(Receipt calldata receipt) external view returns (bytes32);

    /// @notice EIP-712 struct hash of terms: a receipt's `termsHash`.
    function hashTerms(Terms calldata terms) external pure returns (bytes32);

    /// @notice EIP-712 digest of a checkpoint.
    function hashCheckpoint(Checkpoint calldata head) external view returns (bytes32);
}
