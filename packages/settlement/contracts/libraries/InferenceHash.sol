// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Checkpoint, NodeStatement, Receipt, Terms} from "../InferenceTypes.sol";

/// @title EIP-712 struct hashes and salted commitments
/// @notice The same values that `@og/settlement` computes off chain.
library InferenceHash {
    bytes32 internal constant RECEIPT_TYPEHASH = keccak256(
        "Receipt(bytes32 nodeId,bytes32 logId,bytes32 paymentHash,uint32 attempt,bytes32 requestCommitment,bytes32 responseCommitment,bytes32 termsHash,uint8 mode,uint8 settlement,uint64 finishedAt,uint64 settleBy)"
    );
    bytes32 internal constant TERMS_TYPEHASH = keccak256(
        "Terms(bytes32 salt,address payer,string scheme,uint256 paymentChainId,address asset,address payTo,uint256 authorized,uint256 charged,bytes32 offerHash,string modelRequested,string modelAnswered,string upstream,bytes32 upstreamRequestCommitment,uint64 promptTokens,uint64 cachedPromptTokens,uint64 completionTokens,uint64 reasoningTokens,uint8 usageSource,uint8 outcome,uint64 receivedAt)"
    );
    bytes32 internal constant CHECKPOINT_TYPEHASH =
        keccak256("Checkpoint(bytes32 logId,uint64 seq,uint64 size,bytes32 root,string uri)");
    bytes32 internal constant NODE_TYPEHASH = keccak256(
        "Node(bytes32 nodeId,bytes32 logId,address receiptKey,uint8 mode,bytes32 quoteHash,bytes32 measurementsHash,string endpoint,uint64 notBefore,uint64 notAfter)"
    );

    function ofReceipt(Receipt calldata receipt) internal pure returns (bytes32) {
        // A struct without dynamic fields is encoded in place, as EIP-712 wants it.
        return keccak256(abi.encode(RECEIPT_TYPEHASH, receipt));
    }

    function ofTerms(Terms calldata terms) internal pure returns (bytes32) {
        // In two halves: the compiler cannot hold all fields at once.
        bytes memory payment = abi.encode(
            TERMS_TYPEHASH,
            terms.salt,
            terms.payer,
            keccak256(bytes(terms.scheme)),
            terms.paymentChainId,
            terms.asset,
            terms.payTo,
            terms.authorized,
            terms.charged,
            terms.offerHash
        );
        bytes memory work = abi.encode(
            keccak256(bytes(terms.modelRequested)),
            keccak256(bytes(terms.modelAnswered)),
            keccak256(bytes(terms.upstream)),
            terms.upstreamRequestCommitment,
            terms.promptTokens,
            terms.cachedPromptTokens,
            terms.completionTokens,
            terms.reasoningTokens,
            terms.usageSource,
            terms.outcome,
            terms.receivedAt
        );
        return keccak256(bytes.concat(payment, work));
    }

    function ofCheckpoint(Checkpoint calldata checkpoint) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                CHECKPOINT_TYPEHASH,
                checkpoint.logId,
                checkpoint.seq,
                checkpoint.size,
                checkpoint.root,
                keccak256(bytes(checkpoint.uri))
            )
        );
    }

    function ofNode(NodeStatement calldata node) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                NODE_TYPEHASH,
                node.nodeId,
                node.logId,
                node.receiptKey,
                node.mode,
                node.quoteHash,
                node.measurementsHash,
                keccak256(bytes(node.endpoint)),
                node.notBefore,
                node.notAfter
            )
        );
    }

    /// @notice keccak256(salt ‖ keccak256(content)): hides short contents that a bare hash would give away to a guess.
    function commitment(bytes32 salt, bytes calldata content) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(salt, keccak256(content)));
    }
}
