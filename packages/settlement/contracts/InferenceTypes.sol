// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

// Field order is part of the EIP-712 types: see libraries/InferenceHash.sol.

/// @notice A node's signed statement about one inference. It shows hashes only.
struct Receipt {
    bytes32 nodeId;
    bytes32 logId;
    bytes32 paymentHash;
    uint32 attempt;
    bytes32 requestCommitment;
    bytes32 responseCommitment;
    bytes32 termsHash;
    uint8 mode;
    uint8 settlement;
    uint64 finishedAt;
    uint64 settleBy;
}

/// @notice What a receipt's `termsHash` stands for: who paid what to whom for which model.
struct Terms {
    bytes32 salt;
    address payer;
    string scheme;
    uint256 paymentChainId;
    address asset;
    address payTo;
    uint256 authorized;
    uint256 charged;
    bytes32 offerHash;
    string modelRequested;
    string modelAnswered;
    string upstream;
    bytes32 upstreamRequestCommitment;
    uint64 promptTokens;
    uint64 cachedPromptTokens;
    uint64 completionTokens;
    uint64 reasoningTokens;
    uint8 usageSource;
    uint8 outcome;
    uint64 receivedAt;
}

/// @notice The salts of the two commitments of a receipt.
struct Salts {
    bytes32 request;
    bytes32 response;
}

/// @notice A signed head of an operator's log.
struct Checkpoint {
    bytes32 logId;
    uint64 seq;
    uint64 size;
    bytes32 root;
    string uri;
}

/// @notice What the registrar signs about a node.
struct NodeStatement {
    bytes32 nodeId;
    bytes32 logId;
    address receiptKey;
    uint8 mode;
    bytes32 quoteHash;
    bytes32 measurementsHash;
    string endpoint;
    uint64 notBefore;
    uint64 notAfter;
}

/// @notice A registered node.
struct NodeRecord {
    bytes32 logId;
    address receiptKey;
    uint8 mode;
    bytes32 quoteHash;
    bytes32 measurementsHash;
    string endpoint;
    uint64 notBefore;
    uint64 notAfter;
    uint64 registeredAt;
    uint64 revokedAt;
}

/// @notice The part of a node that decides whether a signature of it counts.
struct Credentials {
    address receiptKey;
    uint8 mode;
    uint64 revokedAt;
    uint64 notBefore;
    uint64 notAfter;
    bytes32 logId;
}

/// @notice Why a record is not accepted.
enum Refusal {
    None,
    UnknownNode,
    WrongLog,
    WrongMode,
    WrongSettlement,
    Revoked,
    OutsideValidity,
    BadSignature,
    Repeated
}
