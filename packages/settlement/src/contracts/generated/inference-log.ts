// Written by scripts/compile-contracts.mjs from contracts/ with solc 0.8.30+commit.73712a01.Emscripten.clang. Do not edit.

/** ABI of InferenceLog. */
export const inferenceLogAbi = [
  {
    "inputs": [
      {
        "name": "registrar",
        "type": "address"
      }
    ],
    "stateMutability": "nonpayable",
    "type": "constructor"
  },
  {
    "inputs": [
      {
        "name": "seq",
        "type": "uint64"
      }
    ],
    "name": "CheckpointConflict",
    "type": "error"
  },
  {
    "inputs": [],
    "name": "InconsistentLog",
    "type": "error"
  },
  {
    "inputs": [],
    "name": "InvalidShortString",
    "type": "error"
  },
  {
    "inputs": [],
    "name": "LengthMismatch",
    "type": "error"
  },
  {
    "inputs": [],
    "name": "NoEquivocation",
    "type": "error"
  },
  {
    "inputs": [
      {
        "name": "reason",
        "type": "uint8"
      }
    ],
    "name": "Refused",
    "type": "error"
  },
  {
    "inputs": [],
    "name": "RequestCommitmentMismatch",
    "type": "error"
  },
  {
    "inputs": [],
    "name": "ResponseCommitmentMismatch",
    "type": "error"
  },
  {
    "inputs": [
      {
        "name": "last",
        "type": "uint64"
      }
    ],
    "name": "SizeNotGreater",
    "type": "error"
  },
  {
    "inputs": [
      {
        "name": "str",
        "type": "string"
      }
    ],
    "name": "StringTooLong",
    "type": "error"
  },
  {
    "inputs": [],
    "name": "TermsHashMismatch",
    "type": "error"
  },
  {
    "inputs": [
      {
        "name": "expected",
        "type": "uint64"
      }
    ],
    "name": "UnexpectedSeq",
    "type": "error"
  },
  {
    "inputs": [
      {
        "name": "logId",
        "type": "bytes32"
      },
      {
        "name": "seq",
        "type": "uint64"
      }
    ],
    "name": "UnknownCheckpoint",
    "type": "error"
  },
  {
    "inputs": [],
    "name": "UriTooLong",
    "type": "error"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": true,
        "name": "logId",
        "type": "bytes32"
      },
      {
        "indexed": true,
        "name": "seq",
        "type": "uint64"
      },
      {
        "indexed": false,
        "name": "size",
        "type": "uint64"
      },
      {
        "indexed": false,
        "name": "root",
        "type": "bytes32"
      },
      {
        "indexed": false,
        "name": "uri",
        "type": "string"
      }
    ],
    "name": "CheckpointPublished",
    "type": "event"
  },
  {
    "anonymous": false,
    "inputs": [],
    "name": "EIP712DomainChanged",
    "type": "event"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": true,
        "name": "logId",
        "type": "bytes32"
      },
      {
        "indexed": true,
        "name": "paymentHash",
        "type": "bytes32"
      },
      {
        "indexed": false,
        "name": "firstDigest",
        "type": "bytes32"
      },
      {
        "indexed": false,
        "name": "secondDigest",
        "type": "bytes32"
      }
    ],
    "name": "Equivocation",
    "type": "event"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": true,
        "name": "digest",
        "type": "bytes32"
      },
      {
        "indexed": true,
        "name": "paymentHash",
        "type": "bytes32"
      },
      {
        "indexed": true,
        "name": "nodeId",
        "type": "bytes32"
      },
      {
        "indexed": false,
        "name": "requestCommitment",
        "type": "bytes32"
      },
      {
        "indexed": false,
        "name": "responseCommitment",
        "type": "bytes32"
      },
      {
        "indexed": false,
        "name": "termsHash",
        "type": "bytes32"
      }
    ],
    "name": "Settled",
    "type": "event"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": true,
        "name": "digest",
        "type": "bytes32"
      },
      {
        "indexed": true,
        "name": "paymentHash",
        "type": "bytes32"
      },
      {
        "indexed": true,
        "name": "nodeId",
        "type": "bytes32"
      },
      {
        "components": [
          {
            "name": "nodeId",
            "type": "bytes32"
          },
          {
            "name": "logId",
            "type": "bytes32"
          },
          {
            "name": "paymentHash",
            "type": "bytes32"
          },
          {
            "name": "attempt",
            "type": "uint32"
          },
          {
            "name": "requestCommitment",
            "type": "bytes32"
          },
          {
            "name": "responseCommitment",
            "type": "bytes32"
          },
          {
            "name": "termsHash",
            "type": "bytes32"
          },
          {
            "name": "mode",
            "type": "uint8"
          },
          {
            "name": "settlement",
            "type": "uint8"
          },
          {
            "name": "finishedAt",
            "type": "uint64"
          },
          {
            "name": "settleBy",
            "type": "uint64"
          }
        ],
        "indexed": false,
        "name": "receipt",
        "type": "tuple"
      },
      {
        "components": [
          {
            "name": "salt",
            "type": "bytes32"
          },
          {
            "name": "payer",
            "type": "address"
          },
          {
            "name": "scheme",
            "type": "string"
          },
          {
            "name": "paymentChainId",
            "type": "uint256"
          },
          {
            "name": "asset",
            "type": "address"
          },
          {
            "name": "payTo",
            "type": "address"
          },
          {
            "name": "authorized",
            "type": "uint256"
          },
          {
            "name": "charged",
            "type": "uint256"
          },
          {
            "name": "offerHash",
            "type": "bytes32"
          },
          {
            "name": "modelRequested",
            "type": "string"
          },
          {
            "name": "modelAnswered",
            "type": "string"
          },
          {
            "name": "upstream",
            "type": "string"
          },
          {
            "name": "upstreamRequestCommitment",
            "type": "bytes32"
          },
          {
            "name": "promptTokens",
            "type": "uint64"
          },
          {
            "name": "cachedPromptTokens",
            "type": "uint64"
          },
          {
            "name": "completionTokens",
            "type": "uint64"
          },
          {
            "name": "reasoningTokens",
            "type": "uint64"
          },
          {
            "name": "usageSource",
            "type": "uint8"
          },
          {
            "name": "outcome",
            "type": "uint8"
          },
          {
            "name": "receivedAt",
            "type": "uint64"
          }
        ],
        "indexed": false,
        "name": "terms",
        "type": "tuple"
      },
      {
        "components": [
          {
            "name": "request",
            "type": "bytes32"
          },
          {
            "name": "response",
            "type": "bytes32"
          }
        ],
        "indexed": false,
        "name": "salts",
        "type": "tuple"
      },
      {
        "indexed": false,
        "name": "request",
        "type": "bytes"
      },
      {
        "indexed": false,
        "name": "response",
        "type": "bytes"
      }
    ],
    "name": "SettledMetadata",
    "type": "event"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": true,
        "name": "digest",
        "type": "bytes32"
      },
      {
        "indexed": false,
        "name": "reason",
        "type": "uint8"
      }
    ],
    "name": "Skipped",
    "type": "event"
  },
  {
    "inputs": [
      {
        "components": [
          {
            "name": "logId",
            "type": "bytes32"
          },
          {
            "name": "seq",
            "type": "uint64"
          },
          {
            "name": "size",
            "type": "uint64"
          },
          {
            "name": "root",
            "type": "bytes32"
          },
          {
            "name": "uri",
            "type": "string"
          }
        ],
        "name": "head",
        "type": "tuple"
      },
      {
        "name": "signature",
        "type": "bytes"
      },
      {
        "name": "consistencyProof",
        "type": "bytes32[]"
      }
    ],
    "name": "checkpoint",
    "outputs": [],
    "stateMutability": "nonpayable",
    "type": "function"
  },
  {
    "inputs": [
      {
        "name": "logId",
        "type": "bytes32"
      },
      {
        "name": "seq",
        "type": "uint64"
      }
    ],
    "name": "checkpointAt",
    "outputs": [
      {
        "name": "size",
        "type": "uint64"
      },
      {
        "name": "publishedAt",
        "type": "uint64"
      },
      {
        "name": "root",
        "type": "bytes32"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [],
    "name": "eip712Domain",
    "outputs": [
      {
        "name": "fields",
        "type": "bytes1"
      },
      {
        "name": "name",
        "type": "string"
      },
      {
        "name": "version",
        "type": "string"
      },
      {
        "name": "chainId",
        "type": "uint256"
      },
      {
        "name": "verifyingContract",
        "type": "address"
      },
      {
        "name": "salt",
        "type": "bytes32"
      },
      {
        "name": "extensions",
        "type": "uint256[]"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [
      {
        "components": [
          {
            "name": "logId",
            "type": "bytes32"
          },
          {
            "name": "seq",
            "type": "uint64"
          },
          {
            "name": "size",
            "type": "uint64"
          },
          {
            "name": "root",
            "type": "bytes32"
          },
          {
            "name": "uri",
            "type": "string"
          }
        ],
        "name": "head",
        "type": "tuple"
      }
    ],
    "name": "hashCheckpoint",
    "outputs": [
      {
        "name": "",
        "type": "bytes32"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [
      {
        "components": [
          {
            "name": "nodeId",
            "type": "bytes32"
          },
          {
            "name": "logId",
            "type": "bytes32"
          },
          {
            "name": "paymentHash",
            "type": "bytes32"
          },
          {
            "name": "attempt",
            "type": "uint32"
          },
          {
            "name": "requestCommitment",
            "type": "bytes32"
          },
          {
            "name": "responseCommitment",
            "type": "bytes32"
          },
          {
            "name": "termsHash",
            "type": "bytes32"
          },
          {
            "name": "mode",
            "type": "uint8"
          },
          {
            "name": "settlement",
            "type": "uint8"
          },
          {
            "name": "finishedAt",
            "type": "uint64"
          },
          {
            "name": "settleBy",
            "type": "uint64"
          }
        ],
        "name": "receipt",
        "type": "tuple"
      }
    ],
    "name": "hashReceipt",
    "outputs": [
      {
        "name": "",
        "type": "bytes32"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [
      {
        "components": [
          {
            "name": "salt",
            "type": "bytes32"
          },
          {
            "name": "payer",
            "type": "address"
          },
          {
            "name": "scheme",
            "type": "string"
          },
          {
            "name": "paymentChainId",
            "type": "uint256"
          },
          {
            "name": "asset",
            "type": "address"
          },
          {
            "name": "payTo",
            "type": "address"
          },
          {
            "name": "authorized",
            "type": "uint256"
          },
          {
            "name": "charged",
            "type": "uint256"
          },
          {
            "name": "offerHash",
            "type": "bytes32"
          },
          {
            "name": "modelRequested",
            "type": "string"
          },
          {
            "name": "modelAnswered",
            "type": "string"
          },
          {
            "name": "upstream",
            "type": "string"
          },
          {
            "name": "upstreamRequestCommitment",
            "type": "bytes32"
          },
          {
            "name": "promptTokens",
            "type": "uint64"
          },
          {
            "name": "cachedPromptTokens",
            "type": "uint64"
          },
          {
            "name": "completionTokens",
            "type": "uint64"
          },
          {
            "name": "reasoningTokens",
            "type": "uint64"
          },
          {
            "name": "usageSource",
            "type": "uint8"
          },
          {
            "name": "outcome",
            "type": "uint8"
          },
          {
            "name": "receivedAt",
            "type": "uint64"
          }
        ],
        "name": "terms",
        "type": "tuple"
      }
    ],
    "name": "hashTerms",
    "outputs": [
      {
        "name": "",
        "type": "bytes32"
      }
    ],
    "stateMutability": "pure",
    "type": "function"
  },
  {
    "inputs": [
      {
        "name": "logId",
        "type": "bytes32"
      }
    ],
    "name": "lastSeq",
    "outputs": [
      {
        "name": "",
        "type": "uint64"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [],
    "name": "nodeRegistry",
    "outputs": [
      {
        "name": "",
        "type": "address"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [
      {
        "components": [
          {
            "name": "nodeId",
            "type": "bytes32"
          },
          {
            "name": "logId",
            "type": "bytes32"
          },
          {
            "name": "paymentHash",
            "type": "bytes32"
          },
          {
            "name": "attempt",
            "type": "uint32"
          },
          {
            "name": "requestCommitment",
            "type": "bytes32"
          },
          {
            "name": "responseCommitment",
            "type": "bytes32"
          },
          {
            "name": "termsHash",
            "type": "bytes32"
          },
          {
            "name": "mode",
            "type": "uint8"
          },
          {
            "name": "settlement",
            "type": "uint8"
          },
          {
            "name": "finishedAt",
            "type": "uint64"
          },
          {
            "name": "settleBy",
            "type": "uint64"
          }
        ],
        "name": "first",
        "type": "tuple"
      },
      {
        "components": [
          {
            "name": "salt",
            "type": "bytes32"
          },
          {
            "name": "payer",
            "type": "address"
          },
          {
            "name": "scheme",
            "type": "string"
          },
          {
            "name": "paymentChainId",
            "type": "uint256"
          },
          {
            "name": "asset",
            "type": "address"
          },
          {
            "name": "payTo",
            "type": "address"
          },
          {
            "name": "authorized",
            "type": "uint256"
          },
          {
            "name": "charged",
            "type": "uint256"
          },
          {
            "name": "offerHash",
            "type": "bytes32"
          },
          {
            "name": "modelRequested",
            "type": "string"
          },
          {
            "name": "modelAnswered",
            "type": "string"
          },
          {
            "name": "upstream",
            "type": "string"
          },
          {
            "name": "upstreamRequestCommitment",
            "type": "bytes32"
          },
          {
            "name": "promptTokens",
            "type": "uint64"
          },
          {
            "name": "cachedPromptTokens",
            "type": "uint64"
          },
          {
            "name": "completionTokens",
            "type": "uint64"
          },
          {
            "name": "reasoningTokens",
            "type": "uint64"
          },
          {
            "name": "usageSource",
            "type": "uint8"
          },
          {
            "name": "outcome",
            "type": "uint8"
          },
          {
            "name": "receivedAt",
            "type": "uint64"
          }
        ],
        "name": "firstTerms",
        "type": "tuple"
      },
      {
        "name": "firstSignature",
        "type": "bytes"
      },
      {
        "components": [
          {
            "name": "nodeId",
            "type": "bytes32"
          },
          {
            "name": "logId",
            "type": "bytes32"
          },
          {
            "name": "paymentHash",
            "type": "bytes32"
          },
          {
            "name": "attempt",
            "type": "uint32"
          },
          {
            "name": "requestCommitment",
            "type": "bytes32"
          },
          {
            "name": "responseCommitment",
            "type": "bytes32"
          },
          {
            "name": "termsHash",
            "type": "bytes32"
          },
          {
            "name": "mode",
            "type": "uint8"
          },
          {
            "name": "settlement",
            "type": "uint8"
          },
          {
            "name": "finishedAt",
            "type": "uint64"
          },
          {
            "name": "settleBy",
            "type": "uint64"
          }
        ],
        "name": "second",
        "type": "tuple"
      },
      {
        "components": [
          {
            "name": "salt",
            "type": "bytes32"
          },
          {
            "name": "payer",
            "type": "address"
          },
          {
            "name": "scheme",
            "type": "string"
          },
          {
            "name": "paymentChainId",
            "type": "uint256"
          },
          {
            "name": "asset",
            "type": "address"
          },
          {
            "name": "payTo",
            "type": "address"
          },
          {
            "name": "authorized",
            "type": "uint256"
          },
          {
            "name": "charged",
            "type": "uint256"
          },
          {
            "name": "offerHash",
            "type": "bytes32"
          },
          {
            "name": "modelRequested",
            "type": "string"
          },
          {
            "name": "modelAnswered",
            "type": "string"
          },
          {
            "name": "upstream",
            "type": "string"
          },
          {
            "name": "upstreamRequestCommitment",
            "type": "bytes32"
          },
          {
            "name": "promptTokens",
            "type": "uint64"
          },
          {
            "name": "cachedPromptTokens",
            "type": "uint64"
          },
          {
            "name": "completionTokens",
            "type": "uint64"
          },
          {
            "name": "reasoningTokens",
            "type": "uint64"
          },
          {
            "name": "usageSource",
            "type": "uint8"
          },
          {
            "name": "outcome",
            "type": "uint8"
          },
          {
            "name": "receivedAt",
            "type": "uint64"
          }
        ],
        "name": "secondTerms",
        "type": "tuple"
      },
      {
        "name": "secondSignature",
        "type": "bytes"
      }
    ],
    "name": "reportDoubleCharge",
    "outputs": [],
    "stateMutability": "nonpayable",
    "type": "function"
  },
  {
    "inputs": [
      {
        "components": [
          {
            "name": "nodeId",
            "type": "bytes32"
          },
          {
            "name": "logId",
            "type": "bytes32"
          },
          {
            "name": "paymentHash",
            "type": "bytes32"
          },
          {
            "name": "attempt",
            "type": "uint32"
          },
          {
            "name": "requestCommitment",
            "type": "bytes32"
          },
          {
            "name": "responseCommitment",
            "type": "bytes32"
          },
          {
            "name": "termsHash",
            "type": "bytes32"
          },
          {
            "name": "mode",
            "type": "uint8"
          },
          {
            "name": "settlement",
            "type": "uint8"
          },
          {
            "name": "finishedAt",
            "type": "uint64"
          },
          {
            "name": "settleBy",
            "type": "uint64"
          }
        ],
        "name": "first",
        "type": "tuple"
      },
      {
        "name": "firstSignature",
        "type": "bytes"
      },
      {
        "components": [
          {
            "name": "nodeId",
            "type": "bytes32"
          },
          {
            "name": "logId",
            "type": "bytes32"
          },
          {
            "name": "paymentHash",
            "type": "bytes32"
          },
          {
            "name": "attempt",
            "type": "uint32"
          },
          {
            "name": "requestCommitment",
            "type": "bytes32"
          },
          {
            "name": "responseCommitment",
            "type": "bytes32"
          },
          {
            "name": "termsHash",
            "type": "bytes32"
          },
          {
            "name": "mode",
            "type": "uint8"
          },
          {
            "name": "settlement",
            "type": "uint8"
          },
          {
            "name": "finishedAt",
            "type": "uint64"
          },
          {
            "name": "settleBy",
            "type": "uint64"
          }
        ],
        "name": "second",
        "type": "tuple"
      },
      {
        "name": "secondSignature",
        "type": "bytes"
      }
    ],
    "name": "reportEquivocation",
    "outputs": [],
    "stateMutability": "nonpayable",
    "type": "function"
  },
  {
    "inputs": [
      {
        "components": [
          {
            "name": "nodeId",
            "type": "bytes32"
          },
          {
            "name": "logId",
            "type": "bytes32"
          },
          {
            "name": "paymentHash",
            "type": "bytes32"
          },
          {
            "name": "attempt",
            "type": "uint32"
          },
          {
            "name": "requestCommitment",
            "type": "bytes32"
          },
          {
            "name": "responseCommitment",
            "type": "bytes32"
          },
          {
            "name": "termsHash",
            "type": "bytes32"
          },
          {
            "name": "mode",
            "type": "uint8"
          },
          {
            "name": "settlement",
            "type": "uint8"
          },
          {
            "name": "finishedAt",
            "type": "uint64"
          },
          {
            "name": "settleBy",
            "type": "uint64"
          }
        ],
        "name": "receipts",
        "type": "tuple[]"
      },
      {
        "name": "signatures",
        "type": "bytes[]"
      }
    ],
    "name": "settle",
    "outputs": [],
    "stateMutability": "nonpayable",
    "type": "function"
  },
  {
    "inputs": [
      {
        "components": [
          {
            "name": "nodeId",
            "type": "bytes32"
          },
          {
            "name": "logId",
            "type": "bytes32"
          },
          {
            "name": "paymentHash",
            "type": "bytes32"
          },
          {
            "name": "attempt",
            "type": "uint32"
          },
          {
            "name": "requestCommitment",
            "type": "bytes32"
          },
          {
            "name": "responseCommitment",
            "type": "bytes32"
          },
          {
            "name": "termsHash",
            "type": "bytes32"
          },
          {
            "name": "mode",
            "type": "uint8"
          },
          {
            "name": "settlement",
            "type": "uint8"
          },
          {
            "name": "finishedAt",
            "type": "uint64"
          },
          {
            "name": "settleBy",
            "type": "uint64"
          }
        ],
        "name": "receipt",
        "type": "tuple"
      },
      {
        "components": [
          {
            "name": "salt",
            "type": "bytes32"
          },
          {
            "name": "payer",
            "type": "address"
          },
          {
            "name": "scheme",
            "type": "string"
          },
          {
            "name": "paymentChainId",
            "type": "uint256"
          },
          {
            "name": "asset",
            "type": "address"
          },
          {
            "name": "payTo",
            "type": "address"
          },
          {
            "name": "authorized",
            "type": "uint256"
          },
          {
            "name": "charged",
            "type": "uint256"
          },
          {
            "name": "offerHash",
            "type": "bytes32"
          },
          {
            "name": "modelRequested",
            "type": "string"
          },
          {
            "name": "modelAnswered",
            "type": "string"
          },
          {
            "name": "upstream",
            "type": "string"
          },
          {
            "name": "upstreamRequestCommitment",
            "type": "bytes32"
          },
          {
            "name": "promptTokens",
            "type": "uint64"
          },
          {
            "name": "cachedPromptTokens",
            "type": "uint64"
          },
          {
            "name": "completionTokens",
            "type": "uint64"
          },
          {
            "name": "reasoningTokens",
            "type": "uint64"
          },
          {
            "name": "usageSource",
            "type": "uint8"
          },
          {
            "name": "outcome",
            "type": "uint8"
          },
          {
            "name": "receivedAt",
            "type": "uint64"
          }
        ],
        "name": "terms",
        "type": "tuple"
      },
      {
        "components": [
          {
            "name": "request",
            "type": "bytes32"
          },
          {
            "name": "response",
            "type": "bytes32"
          }
        ],
        "name": "salts",
        "type": "tuple"
      },
      {
        "name": "request",
        "type": "bytes"
      },
      {
        "name": "response",
        "type": "bytes"
      },
      {
        "name": "signature",
        "type": "bytes"
      }
    ],
    "name": "settleWithMetadata",
    "outputs": [],
    "stateMutability": "nonpayable",
    "type": "function"
  },
  {
    "inputs": [
      {
        "name": "logId",
        "type": "bytes32"
      },
      {
        "name": "seq",
        "type": "uint64"
      },
      {
        "name": "leaf",
        "type": "bytes32"
      },
      {
        "name": "index",
        "type": "uint64"
      },
      {
        "name": "proof",
        "type": "bytes32[]"
      }
    ],
    "name": "verifyInclusion",
    "outputs": [
      {
        "name": "",
        "type": "bool"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  }
] as const

/** Init code of InferenceLog. */
export const inferenceLogBytecode: `0x${string}` =
  '0x610180604052348015610010575f5ffd5b50604051614c96380380614c9683398101604081905261002f916101fa565b604080518082018252601681527f4f70656e4772616469656e7420496e666572656e636500000000000000000000602080830191909152825180840190935260018352603160f81b9083015290610086825f610175565b61012052610095816001610175565b61014052815160208084019190912060e052815190820120610100524660a05261012160e05161010051604080517f8b73c3c69bb8fe3d512ecc4cf759cc79239f7b179b0ffacaa9a75d522b39400f60208201529081019290925260608201524660808201523060a08201525f9060c00160405160208183030381529060405280519060200120905090565b60805250503060c0526040518190610138906101ed565b6001600160a01b039091168152602001604051809103905ff080158015610161573d5f5f3e3d5ffd5b506001600160a01b031661016052506103d1565b5f60208351101561019057610189836101a7565b90506101a1565b8161019b84826102bf565b5060ff90505b92915050565b5f5f829050601f815111156101da578260405163305a27a960e01b81526004016101d19190610379565b60405180910390fd5b80516101e5826103ae565b179392505050565b611d3b80612f5b83390190565b5f6020828403121561020a575f5ffd5b81516001600160a01b0381168114610220575f5ffd5b9392505050565b634e487b7160e01b5f52604160045260245ffd5b600181811c9082168061024f57607f821691505b60208210810361026d57634e487b7160e01b5f52602260045260245ffd5b50919050565b601f8211156102ba57805f5260205f20601f840160051c810160208510156102985750805b601f840160051c820191505b818110156102b7575f81556001016102a4565b50505b505050565b81516001600160401b038111156102d8576102d8610227565b6102ec816102e6845461023b565b84610273565b6020601f82116001811461031e575f83156103075750848201515b5f19600385901b1c1916600184901b1784556102b7565b5f84815260208120601f198516915b8281101561034d578785015182556020948501946001909201910161032d565b508482101561036a57868401515f19600387901b60f8161c191681555b50505050600190811b01905550565b602081525f82518060208401528060208501604085015e5f604082850101526040601f19601f83011684010191505092915050565b8051602080830151919081101561026d575f1960209190910360031b1b16919050565b60805160a05160c05160e05161010051610120516101405161016051612afe61045d5f395f818161024a015281816102e7015281816105b601528181611406015281816114af01528181611946015281816119b90152611bd701525f61121b01525f6111ea01525f61131a01525f6112f201525f61124d01525f61127701525f6112a10152612afe5ff3fe608060405234801561000f575f5ffd5b50600436106100cb575f3560e01c80639a958c3b11610088578063d59655b111610063578063d59655b114610222578063d9b5c4a514610245578063e5409d4014610284578063f3a05bcc14610297575f5ffd5b80639a958c3b146101e9578063ad2d692a146101fc578063cd407eb51461020f575f5ffd5b80631ce657c2146100cf57806350367b77146100f55780635e487690146101355780637f81aca91461014a57806382e9b0bb1461015d57806384b0196e146101ce575b5f5ffd5b6100e26100dd366004611e11565b6102aa565b6040519081526020015b60405180910390f35b61011d610103366004611e4a565b60026020525f90815260409020546001600160401b031681565b6040516001600160401b0390911681526020016100ec565b610148610143366004611ed7565b6102c2565b005b6100e2610158366004611fc6565b610490565b6101a861016b366004612008565b5f9182526003602090815260408084206001600160401b0393841685529091529091206001810154905481831693600160401b9092049092169190565b604080516001600160401b039485168152939092166020840152908201526060016100ec565b6101d661049d565b6040516100ec9796959493929190612064565b6101486101f736600461213a565b6104df565b61014861020a3660046121d3565b61074d565b6100e261021d36600461226a565b610b2b565b61023561023036600461229b565b610b35565b60405190151581526020016100ec565b61026c7f000000000000000000000000000000000000000000000000000000000000000081565b6040516001600160a01b0390911681526020016100ec565b610148610292366004612311565b610bb8565b6101486102a5366004612394565b610c18565b5f6102bc6102b783610caf565b610d70565b92915050565b5f6102cc8a610490565b604051630533a06960e31b81528b3560048201529091505f907f00000000000000000000000000000000000000000000000000000000000000006001600160a01b03169063299d03489060240160c060405180830381865afa158015610334573d5f5f3e3d5ffd5b505050506040513d601f19601f8201168201806040525081019061035891906124c0565b90505f61036a8c600185888887610d9c565b90505f81600881111561037f5761037f612565565b146103a85780604051632f56b7fb60e21b815260040161039f9190612579565b60405180910390fd5b60808c01356103b98b358b8b610ec4565b146103d75760405163014a8fb160e71b815260040160405180910390fd5b8b60a001356103eb8b602001358989610ec4565b14610409576040516328fa9aa960e01b815260040160405180910390fd5b8b60c001356104178c610f15565b146104355760405163e5c4d3b760e01b815260040160405180910390fd5b8b5f01358c60400135847f58a60eee1e381cb57f3ddd3a9355f68a8a9f75f8b4451fdd421b2ac08b2e15608f8f8f8f8f8f8f60405161047a97969594939291906126e6565b60405180910390a4505050505050505050505050565b5f6102bc6102b7836111af565b5f6060805f5f5f60606104ae6111e3565b6104b6611214565b604080515f80825260208201909252600f60f81b9b939a50919850469750309650945092509050565b828114610502576040516001621398b960e31b0319815260040160405180910390fd5b5f61050b611241565b6040805160c0810182525f80825260208201819052918101829052606081018290526080810182905260a08101829052919250905f5b86811015610743573688888381811061055c5761055c61292c565b9050610160020190505f61059286610573846111af565b60405161190160f01b8152600281019290925260228201526042902090565b90508135851461062a57604051630533a06960e31b815282356004820181905295507f00000000000000000000000000000000000000000000000000000000000000006001600160a01b03169063299d03489060240160c060405180830381865afa158015610603573d5f5f3e3d5ffd5b505050506040513d601f19601f8201168201806040525081019061062791906124c0565b93505b5f61065b835f848c8c898181106106435761064361292c565b90506020028101906106559190612940565b8a610d9c565b90505f81600881111561067057610670612565565b14801561068357506106818261136a565b155b1561068c575060085b5f81600881111561069f5761069f612565565b036106fc57604080516080850135815260a0850135602082015260c08501358183015287918501359084907fb5611403dfc69d2727d3266fab893363be418dc4c4d9fd781542cc5f765f65989060600160405180910390a4610735565b817f167515379ec29133d62e15798dd6c90f692036c714de5d7c9c36fe3ed92ade5b8260405161072c9190612579565b60405180910390a25b505050806001019050610541565b5050505050505050565b84355f90815260026020908152604091829020546001600160401b03169161077a91908801908801612982565b6001600160401b0316158015906107b257506001600160401b0381166107a66040880160208901612982565b6001600160401b031611155b1561086b5785355f9081526003602090815260408083209183916107db91908b01908b01612982565b6001600160401b0316815260208101919091526040015f208054909150606088013514158061082a57506108156060880160408901612982565b60018201546001600160401b03908116911614155b156108645761083f6040880160208901612982565b6040516310d249eb60e21b81526001600160401b03909116600482015260240161039f565b5050610b24565b6108768160016129b1565b6001600160401b031661088f6040880160208901612982565b6001600160401b0316146108cd576108a88160016129b1565b604051633d103ec960e01b81526001600160401b03909116600482015260240161039f565b6102006108dd6080880188612940565b905011156108fe5760405163531dc44960e01b815260040160405180910390fd5b61090986868661138f565b85355f9081526003602090815260408083206001600160401b03808616855292529182902060018101549092911690819061094a9060608b01908b01612982565b6001600160401b03161161097c5760405163012255ed60e41b81526001600160401b038216600482015260240161039f565b81546109a090829061099460608c0160408d01612982565b8b6060013589896115a3565b6109bd57604051631c91d7d360e21b815260040160405180910390fd5b6109cd6040890160208a01612982565b88355f90815260026020908152604091829020805467ffffffffffffffff19166001600160401b0394909416939093179092558051606080820183528b01803582529092830191610a2091908c01612982565b6001600160401b039081168252421660209182015289355f90815260038252604080822092610a53918d01908d01612982565b6001600160401b03908116825260208083019390935260409182015f20845181558484015160019091018054958401518316600160401b026fffffffffffffffffffffffffffffffff19909616919092161793909317909255610aba918a01908a01612982565b6001600160401b031688357fd4aa2824305d16602d9847f34d8ca5b752d45264ebec144adae727ac3bb8fc95610af660608c0160408d01612982565b60608c0135610b0860808e018e612940565b604051610b1894939291906129d0565b60405180910390a35050505b5050505050565b5f6102bc82610f15565b5f8681526003602090815260408083206001600160401b03808a168552925282206001810154909116808303610b90576040516319d9c64d60e11b8152600481018a90526001600160401b038916602482015260440161039f565b610ba9610b9c8861177e565b87838888875f015461178d565b925050505b9695505050505050565b610bc860808401606085016129f8565b63ffffffff16610bde60808801606089016129f8565b63ffffffff1614610c025760405163f6956d9960e01b815260040160405180910390fd5b610c108686868686866118a3565b505050505050565b8760c00135610c2688610f15565b14610c445760405163e5c4d3b760e01b815260040160405180910390fd5b8360c00135610c5284610f15565b14610c705760405163e5c4d3b760e01b815260040160405180910390fd5b60e08701351580610c83575060e0830135155b15610ca15760405163f6956d9960e01b815260040160405180910390fd5b6107438887878786866118a3565b5f7f0af100234b147028f9853a862df135512d6e91d0f3dccf65a82b11784b885ade8235610ce36040850160208601612982565b610cf36060860160408701612982565b6060860135610d056080880188612940565b604051610d13929190612a11565b6040805191829003822060208301979097528101949094526001600160401b0392831660608501529116608083015260a082015260c081019190915260e0015b604051602081830303815290604052805190602001209050919050565b5f6102bc610d7c611241565b8360405161190160f01b8152600281019290925260228201526042902090565b80515f906001600160a01b0316610db557506001610bae565b8160a00151876020013514610dcc57506002610bae565b602082015160ff16610de5610100890160e08a01612a20565b60ff1614610df557506003610bae565b60ff8616610e0b61012089016101008a01612a20565b60ff1614610e1b57506004610bae565b60408201516001600160401b031615610e3657506005610bae565b60608201516001600160401b0316610e5661014089016101208a01612982565b6001600160401b03161080610e91575060808201516001600160401b0316610e8661014089016101208a01612982565b6001600160401b0316115b15610e9e57506006610bae565b8151610eac90868686611a5a565b610eb857506007610bae565b505f9695505050505050565b5f838383604051610ed6929190612a11565b604051908190038120610ef59291602001918252602082015260400190565b6040516020818303038152906040528051906020012090505b9392505050565b5f807faf058c29f8b2c1e7114f749ec43c29c11b37ef920bbfabfead079e4b215b97a28335610f4a6040860160208701612a3b565b610f576040870187612940565b604051610f65929190612a11565b6040519081900390206060870135610f8360a0890160808a01612a3b565b610f9360c08a0160a08b01612a3b565b6040805160208101989098528701959095526001600160a01b039384166060870152608086019290925260a0850152811660c084810191909152911660e0838101919091529085013561010083810191909152908501356101208301528401356101408201526101600160408051601f1981840301815291905290505f61101e610120850185612940565b60405161102c929190612a11565b604051908190039020611043610140860186612940565b604051611051929190612a11565b604051908190039020611068610160870187612940565b604051611076929190612a11565b6040519081900390206101808701356110976101c089016101a08a01612982565b6110a96101e08a016101c08b01612982565b6110bb6102008b016101e08c01612982565b6110cd6102208c016102008d01612982565b6110df6102408d016102208e01612a20565b6110f16102608e016102408f01612a20565b8d6102600160208101906111059190612982565b60408051602081019c909c528b019990995260608a019790975260808901959095526001600160401b0393841660a089015291831660c0880152821660e0870152811661010086015260ff9182166101208601529116610140840152166101608201526101800160405160208183030381529060405290508181604051602001611190929190612a6d565b6040516020818303038152906040528051906020012092505050919050565b5f7f28818906cc5edfe11e83e420d4d66d6b20f06d927651d8fdb0c6625ea02d0de282604051602001610d53929190612a81565b606061120f7f00000000000000000000000000000000000000000000000000000000000000005f611aaa565b905090565b606061120f7f00000000000000000000000000000000000000000000000000000000000000006001611aaa565b5f306001600160a01b037f00000000000000000000000000000000000000000000000000000000000000001614801561129957507f000000000000000000000000000000000000000000000000000000000000000046145b156112c357507f000000000000000000000000000000000000000000000000000000000000000090565b61120f604080517f8b73c3c69bb8fe3d512ecc4cf759cc79239f7b179b0ffacaa9a75d522b39400f60208201527f0000000000000000000000000000000000000000000000000000000000000000918101919091527f000000000000000000000000000000000000000000000000000000000000000060608201524660808201523060a08201525f9060c00160405160208183030381529060405280519060200120905090565b5f81805c1561137b57505f92915050565b611386816001611b54565b50600192915050565b5f5f6113a461139d866102aa565b8585611b5b565b5090925090505f8160038111156113bd576113bd612565565b146113de576007604051632f56b7fb60e21b815260040161039f9190612579565b604051633677aa0160e01b8152853560048201526001600160a01b0383811660248301525f917f000000000000000000000000000000000000000000000000000000000000000090911690633677aa0190604401602060405180830381865afa15801561144d573d5f5f3e3d5ffd5b505050506040513d601f19601f820116820180604052508101906114719190612a96565b90505f819003611497576001604051632f56b7fb60e21b815260040161039f9190612579565b604051630533a06960e31b8152600481018290525f907f00000000000000000000000000000000000000000000000000000000000000006001600160a01b03169063299d03489060240160c060405180830381865afa1580156114fc573d5f5f3e3d5ffd5b505050506040513d601f19601f8201168201806040525081019061152091906124c0565b905080604001516001600160401b03165f14611552576005604051632f56b7fb60e21b815260040161039f9190612579565b80606001516001600160401b0316421080611579575080608001516001600160401b031642115b1561159a576006604051632f56b7fb60e21b815260040161039f9190612579565b50505050505050565b5f846001600160401b0316876001600160401b031611156115c557505f610bae565b846001600160401b0316876001600160401b0316036115f257811580156115eb57508386145b9050610bae565b866001600160401b03165f0361160a57508015610bae565b5f611616600189612aad565b6001600160401b031690505f61162d600188612aad565b6001600160401b031690505b8160011660010361165057600191821c911c611639565b5f821561165e576001611660565b5f5b60ff16905080851015611678575f9350505050610bae565b5f831561169d5786865f8181106116915761169161292c565b9050602002013561169f565b895b9050805b8683101561175657835f036116bf575f95505050505050610bae565b5f8888858181106116d2576116d261292c565b90506020020135905085600116600114806116ec57508486145b15611734576116fb8184611ba2565b92506117078183611ba2565b91505b6001861615801561171a57508515155b1561172f57600195861c959490941c9361170a565b611741565b61173e8282611ba2565b91505b50600194851c9493841c9392909201916116a3565b8315801561176357508a82145b801561176e57508881145b9c9b505050505050505050505050565b5f5f5f535060015260215f2090565b5f846001600160401b0316866001600160401b0316106117ae57505f610bae565b6001600160401b0386165f6117c4600188612aad565b6001600160401b03169050885f5b8681101561188757825f036117ed575f945050505050610bae565b83600116600114806117fe57508284145b15611852576118258888838181106118185761181861292c565b9050602002013583611ba2565b91505b6001841615801561183857508315155b1561184d57600193841c939290921c91611828565b611877565b611874828989848181106118685761186861292c565b90506020020135611ba2565b91505b600193841c9392831c92016117d2565b508115801561189557508481145b9a9950505050505050505050565b826020013586602001351415806118c257508260400135866040013514155b156118e05760405163f6956d9960e01b815260040160405180910390fd5b5f6118ea87610490565b90505f6118f685610490565b90508082036119185760405163f6956d9960e01b815260040160405180910390fd5b61192488838989611bbf565b61193085828686611bbf565b604051634573c3c560e11b8152883560048201527f00000000000000000000000000000000000000000000000000000000000000006001600160a01b031690638ae7878a906024015f604051808303815f87803b15801561198f575f5ffd5b505af11580156119a1573d5f5f3e3d5ffd5b5050604051634573c3c560e11b8152873560048201527f00000000000000000000000000000000000000000000000000000000000000006001600160a01b03169250638ae7878a91506024015f604051808303815f87803b158015611a04575f5ffd5b505af1158015611a16573d5f5f3e3d5ffd5b5050604080518581526020818101869052828d013594508c013592507f810cbc8093cf539e7f4c4f35a917ea953b8be383ce5ef1b290e72810457527fd9101610b18565b5f5f5f611a68868686611b5b565b5090925090505f816003811115611a8157611a81612565565b148015611a9f5750866001600160a01b0316826001600160a01b0316145b979650505050505050565b606060ff8314611ac457611abd83611ccf565b90506102bc565b818054611ad090612acc565b80601f0160208091040260200160405190810160405280929190818152602001828054611afc90612acc565b8015611b475780601f10611b1e57610100808354040283529160200191611b47565b820191905f5260205f20905b815481529060010190602001808311611b2a57829003601f168201915b5050505050905092915050565b80825d5050565b5f80806041849003611b8f578435602086013560408701355f1a611b8189828585611d0c565b955095509550505050611b99565b505f915060029050825b93509350939050565b5f6040516001815360018101939093525060218201526041902090565b604051630533a06960e31b8152843560048201525f907f00000000000000000000000000000000000000000000000000000000000000006001600160a01b03169063299d03489060240160c060405180830381865afa158015611c24573d5f5f3e3d5ffd5b505050506040513d601f19601f82011682018060405250810190611c4891906124c0565b80519091506001600160a01b0316611c76576001604051632f56b7fb60e21b815260040161039f9190612579565b8060a00151856020013514611ca1576002604051632f56b7fb60e21b815260040161039f9190612579565b8051611caf90858585611a5a565b610b24576007604051632f56b7fb60e21b815260040161039f9190612579565b60605f611cdb83611dd4565b6040805160208082528183019092529192505f91906020820181803683375050509182525060208101929092525090565b5f80807f7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0841115611d4557505f91506003905082611dca565b604080515f808252602082018084528a905260ff891692820192909252606081018790526080810186905260019060a0016020604051602081039080840390855afa158015611d96573d5f5f3e3d5ffd5b5050604051601f1901519150506001600160a01b038116611dc157505f925060019150829050611dca565b92505f91508190505b9450945094915050565b5f60ff8216601f8111156102bc57604051632cd44ac360e21b815260040160405180910390fd5b5f60a08284031215611e0b575f5ffd5b50919050565b5f60208284031215611e21575f5ffd5b81356001600160401b03811115611e36575f5ffd5b611e4284828501611dfb565b949350505050565b5f60208284031215611e5a575f5ffd5b5035919050565b5f6101608284031215611e0b575f5ffd5b5f6102808284031215611e0b575f5ffd5b5f60408284031215611e0b575f5ffd5b5f5f83601f840112611ea3575f5ffd5b5081356001600160401b03811115611eb9575f5ffd5b602083019150836020828501011115611ed0575f5ffd5b9250929050565b5f5f5f5f5f5f5f5f5f6102208a8c031215611ef0575f5ffd5b611efa8b8b611e61565b98506101608a01356001600160401b03811115611f15575f5ffd5b611f218c828d01611e72565b985050611f328b6101808c01611e83565b96506101c08a01356001600160401b03811115611f4d575f5ffd5b611f598c828d01611e93565b9097509550506101e08a01356001600160401b03811115611f78575f5ffd5b611f848c828d01611e93565b9095509350506102008a01356001600160401b03811115611fa3575f5ffd5b611faf8c828d01611e93565b915080935050809150509295985092959850929598565b5f6101608284031215611fd7575f5ffd5b610f0e8383611e61565b6001600160401b0381168114611ff5575f5ffd5b50565b803561200381611fe1565b919050565b5f5f60408385031215612019575f5ffd5b82359150602083013561202b81611fe1565b809150509250929050565b5f81518084528060208401602086015e5f602082860101526020601f19601f83011685010191505092915050565b60ff60f81b8816815260e060208201525f61208260e0830189612036565b82810360408401526120948189612036565b606084018890526001600160a01b038716608085015260a0840186905283810360c0850152845180825260208087019350909101905f5b818110156120e95783518352602093840193909201916001016120cb565b50909b9a5050505050505050505050565b5f5f83601f84011261210a575f5ffd5b5081356001600160401b03811115612120575f5ffd5b6020830191508360208260051b8501011115611ed0575f5ffd5b5f5f5f5f6040858703121561214d575f5ffd5b84356001600160401b03811115612162575f5ffd5b8501601f81018713612172575f5ffd5b80356001600160401b03811115612187575f5ffd5b8760206101608302840101111561219c575f5ffd5b6020918201955093508501356001600160401b038111156121bb575f5ffd5b6121c7878288016120fa565b95989497509550505050565b5f5f5f5f5f606086880312156121e7575f5ffd5b85356001600160401b038111156121fc575f5ffd5b61220888828901611dfb565b95505060208601356001600160401b03811115612223575f5ffd5b61222f88828901611e93565b90955093505060408601356001600160401b0381111561224d575f5ffd5b612259888289016120fa565b969995985093965092949392505050565b5f6020828403121561227a575f5ffd5b81356001600160401b0381111561228f575f5ffd5b611e4284828501611e72565b5f5f5f5f5f5f60a087890312156122b0575f5ffd5b8635955060208701356122c281611fe1565b94506040870135935060608701356122d981611fe1565b925060808701356001600160401b038111156122f3575f5ffd5b6122ff89828a016120fa565b979a9699509497509295939492505050565b5f5f5f5f5f5f6103008789031215612327575f5ffd5b6123318888611e61565b95506101608701356001600160401b0381111561234c575f5ffd5b61235889828a01611e93565b909650945061236d9050886101808901611e61565b92506102e08701356001600160401b03811115612388575f5ffd5b6122ff89828a01611e93565b5f5f5f5f5f5f5f5f610340898b0312156123ac575f5ffd5b6123b68a8a611e61565b97506101608901356001600160401b038111156123d1575f5ffd5b6123dd8b828c01611e72565b9750506101808901356001600160401b038111156123f9575f5ffd5b6124058b828c01611e93565b909750955061241a90508a6101a08b01611e61565b93506103008901356001600160401b03811115612435575f5ffd5b6124418b828c01611e72565b9350506103208901356001600160401b0381111561245d575f5ffd5b6124698b828c01611e93565b999c989b5096995094979396929594505050565b6001600160a01b0381168114611ff5575f5ffd5b80516120038161247d565b60ff81168114611ff5575f5ffd5b80516120038161249c565b805161200381611fe1565b5f60c08284031280156124d1575f5ffd5b5060405160c081016001600160401b038111828210171561250057634e487b7160e01b5f52604160045260245ffd5b60405261250c83612491565b815261251a602084016124aa565b602082015261252b604084016124b5565b604082015261253c606084016124b5565b606082015261254d608084016124b5565b608082015260a0928301519281019290925250919050565b634e487b7160e01b5f52602160045260245ffd5b602081016009831061259957634e487b7160e01b5f52602160045260245ffd5b91905290565b803563ffffffff81168114612003575f5ffd5b80356120038161249c565b8035825260208082013590830152604080820135908301526125e16060820161259f565b63ffffffff1660608301526080818101359083015260a0808201359083015260c0808201359083015261261660e082016125b2565b60ff1660e083015261262b61010082016125b2565b60ff166101008301526126416101208201611ff8565b6001600160401b031661012083015261265d6101408201611ff8565b6001600160401b038116610140840152505050565b80356120038161247d565b5f5f8335601e19843603018112612692575f5ffd5b83016020810192503590506001600160401b038111156126b0575f5ffd5b803603821315611ed0575f5ffd5b81835281816020850137505f828201602090810191909152601f909101601f19169091010190565b6126f081896125bd565b61020061016082018190528735908201525f61270e60208901612672565b6001600160a01b031661022083015261272a604089018961267d565b610280610240850152612742610480850182846126be565b60608b0135610260860152915061275d905060808a01612672565b6001600160a01b031661028084015261277860a08a01612672565b6001600160a01b03166102a084015260c08901356102c084015260e08901356102e08401526101008901356103008401526127b76101208a018a61267d565b8483036101ff19016103208601526127d08382846126be565b925050506127e26101408a018a61267d565b8483036101ff19016103408601526127fb8382846126be565b9250505061280d6101608a018a61267d565b8483036101ff19016103608601526128268382846126be565b6101808c013561038087015292506128449150506101a08a01611ff8565b6001600160401b03166103a08401526128606101c08a01611ff8565b6001600160401b03166103c084015261287c6101e08a01611ff8565b6001600160401b03166103e08401526128986102008a01611ff8565b6001600160401b03166104008401526128b46102208a016125b2565b60ff166104208401526128ca6102408a016125b2565b60ff166104408401526128e06102608a01611ff8565b6001600160401b0316610460840152873561018084015260208801356101a08401528281036101c08401526129168187896126be565b90508281036101e08401526118958185876126be565b634e487b7160e01b5f52603260045260245ffd5b5f5f8335601e19843603018112612955575f5ffd5b8301803591506001600160401b0382111561296e575f5ffd5b602001915036819003821315611ed0575f5ffd5b5f60208284031215612992575f5ffd5b8135610f0e81611fe1565b634e487b7160e01b5f52601160045260245ffd5b6001600160401b0381811683821601908111156102bc576102bc61299d565b6001600160401b0385168152836020820152606060408201525f610bae6060830184866126be565b5f60208284031215612a08575f5ffd5b610f0e8261259f565b818382375f9101908152919050565b5f60208284031215612a30575f5ffd5b8135610f0e8161249c565b5f60208284031215612a4b575f5ffd5b8135610f0e8161247d565b5f81518060208401855e5f93019283525090919050565b5f611e42612a7b8386612a56565b84612a56565b8281526101808101610f0e60208301846125bd565b5f60208284031215612aa6575f5ffd5b5051919050565b6001600160401b0382811682821603908111156102bc576102bc61299d565b600181811c90821680612ae057607f821691505b602082108103611e0b57634e487b7160e01b5f52602260045260245ffd6101a0604052348015610010575f5ffd5b50604051611d3b380380611d3b83398101604081905261002f916101b9565b604080518082018252601a81527f4f70656e4772616469656e74204e6f6465205265676973747279000000000000602080830191909152825180840190935260018352603160f81b9083015290610086825f610141565b61012052610095816001610141565b61014052815160208084019190912060e052815190820120610100524660a05261012160e05161010051604080517f8b73c3c69bb8fe3d512ecc4cf759cc79239f7b179b0ffacaa9a75d522b39400f60208201529081019290925260608201524660808201523060a08201525f9060c00160405160208183030381529060405280519060200120905090565b60805250503060c0526001600160a01b0316610160523361018052610390565b5f60208351101561015c5761015583610173565b905061016d565b81610167848261027e565b5060ff90505b92915050565b5f5f829050601f815111156101a6578260405163305a27a960e01b815260040161019d9190610338565b60405180910390fd5b80516101b18261036d565b179392505050565b5f602082840312156101c9575f5ffd5b81516001600160a01b03811681146101df575f5ffd5b9392505050565b634e487b7160e01b5f52604160045260245ffd5b600181811c9082168061020e57607f821691505b60208210810361022c57634e487b7160e01b5f52602260045260245ffd5b50919050565b601f82111561027957805f5260205f20601f840160051c810160208510156102575750805b601f840160051c820191505b81811015610276575f8155600101610263565b50505b505050565b81516001600160401b03811115610297576102976101e6565b6102ab816102a584546101fa565b84610232565b6020601f8211600181146102dd575f83156102c65750848201515b5f19600385901b1c1916600184901b178455610276565b5f84815260208120601f198516915b8281101561030c57878501518255602094850194600190920191016102ec565b508482101561032957868401515f19600387901b60f8161c191681555b50505050600190811b01905550565b602081525f82518060208401528060208501604085015e5f604082850101526040601f19601f83011684010191505092915050565b8051602080830151919081101561022c575f1960209190910360031b1b16919050565b60805160a05160c05160e051610100516101205161014051610160516101805161193161040a5f395f818161028201526105fd01525f81816101eb01528181610730015261086d01525f610c6801525f610c3701525f61116901525f61114101525f61109c01525f6110c601525f6110f001526119315ff3fe608060405234801561000f575f5ffd5b50600436106100b1575f3560e01c80637c97e6ec1161006e5780637c97e6ec146102ac57806384b0196e146102cc5780638ae7878a146102e757806397f735d5146102fc578063b75c7dc61461032e578063e4e045e014610341575f5ffd5b8063299d0348146100b55780632b20e397146101e65780633677aa01146102255780633d3462b21461025d5780633e6097181461027d5780636da49b83146102a4575b5f5ffd5b61016c6100c336600461137f565b6040805160c0810182525f80825260208201819052918101829052606081018290526080810182905260a0810191909152505f90815260026020818152604092839020835160c08101855281546001600160a01b038116825260ff600160a01b820416938201939093526001600160401b03600160a81b90930483169481019490945260018101548083166060860152600160401b90049091166080840152015460a082015290565b6040516101dd91905f60c08201905060018060a01b03835116825260ff60208401511660208301526001600160401b0360408401511660408301526001600160401b0360608401511660608301526001600160401b03608084015116608083015260a083015160a083015292915050565b60405180910390f35b61020d7f000000000000000000000000000000000000000000000000000000000000000081565b6040516001600160a01b0390911681526020016101dd565b61024f6102333660046113b1565b600460209081525f928352604080842090915290825290205481565b6040519081526020016101dd565b61027061026b3660046113db565b610354565b6040516101dd91906113fb565b61020d7f000000000000000000000000000000000000000000000000000000000000000081565b60065461024f565b6102bf6102ba36600461137f565b610422565b6040516101dd919061146b565b6102d46105b0565b6040516101dd9796959493929190611538565b6102fa6102f536600461137f565b6105f2565b005b61031e61030a3660046115ce565b60056020525f908152604090205460ff1681565b60405190151581526020016101dd565b6102fa61033c36600461137f565b6106ed565b6102fa61034f3660046115e7565b6107a9565b6006546060905f818510156103725761036d8583611695565b610374565b5f5b9050838111156103815750825b806001600160401b03811115610399576103996116a8565b6040519080825280602002602001820160405280156103c2578160200160208202803683370190505b5092505f5b818110156104195760066103db82886116bc565b815481106103eb576103eb6116cf565b905f5260205f200154848281518110610406576104066116cf565b60209081029190910101526001016103c7565b50505092915050565b60408051610140810182525f8082526020820181905291810182905260608082018390526080820183905260a082015260c0810182905260e0810182905261010081018290526101208101919091525f828152600260208181526040808420600383529381902081516101408101835285850154815285546001600160a01b03811694820194909452600160a01b90930460ff16918301919091526001810154606083015291820154608082015260048201805460a0830191906104e5906116e3565b80601f0160208091040260200160405190810160405280929190818152602001828054610511906116e3565b801561055c5780601f106105335761010080835404028352916020019161055c565b820191905f5260205f20905b81548152906001019060200180831161053f57829003601f168201915b505050918352505060018401546001600160401b038082166020840152600160401b90910481166040830152600390930154831660608201529254600160a81b900490911660809092019190915292915050565b5f6060805f5f5f60606105c1610c30565b6105c9610c61565b604080515f80825260208201909252600f60f81b9b939a50919850469750309650945092509050565b336001600160a01b037f0000000000000000000000000000000000000000000000000000000000000000161461063b5760405163ea8e4eb560e01b815260040160405180910390fd5b5f818152600260205260409020546001600160a01b0316806106785760405163706d8e7760e01b8152600481018390526024015b60405180910390fd5b6001600160a01b0381165f9081526005602052604090205460ff166106e0576001600160a01b0381165f81815260056020526040808220805460ff19166001179055517f11afce7d18fd805822fa35232911a210cb85259fc528395ab8cffb265c8860e89190a25b6106e982610c8e565b5050565b5f818152600260205260409020546001600160a01b0316806107255760405163706d8e7760e01b81526004810183905260240161066f565b336001600160a01b037f000000000000000000000000000000000000000000000000000000000000000016148015906107675750336001600160a01b03821614155b801561078b57506001600160a01b0381165f9081526005602052604090205460ff16155b156106e05760405163ea8e4eb560e01b815260040160405180910390fd5b6107b283610d0e565b5f6107bc84610e2a565b84355f908152600360205260409020549091508181036107dd575050505050565b80156107ff57604051630cfbc25360e01b81528535600482015260240161066f565b60055f61081260608801604089016115ce565b6001600160a01b0316815260208101919091526040015f205460ff16156108685761084360608601604087016115ce565b604051631dffdd5b60e21b81526001600160a01b03909116600482015260240161066f565b6108d07f000000000000000000000000000000000000000000000000000000000000000061089584610f41565b86868080601f0160208091040260200160405190810160405280939291908181526020018383808284375f92019190915250610f7392505050565b6108ed576040516363e6ab6560e11b815260040160405180910390fd5b6040518060c0016040528086604001602081019061090b91906115ce565b6001600160a01b03168152602001610929608088016060890161171b565b60ff1681525f6020820152604001610948610100880160e0890161173b565b6001600160401b031681526020016109686101208801610100890161173b565b6001600160401b0390811682526020888101359281019290925287355f90815260028084526040918290208551815487870151888601518716600160a81b0267ffffffffffffffff60a81b1960ff909216600160a01b026001600160a81b03199093166001600160a01b039094169390931791909117161781556060808701516001830180546080808b01518916600160401b026fffffffffffffffffffffffffffffffff199092169389169390931717905560a097880151929093019190915582518087018452888152828c013595810195909552948a0135918401919091524290911692820192909252908101610a6460c0880188611761565b8080601f0160208091040260200160405190810160405280939291908181526020018383808284375f9201829052509390945250508735815260036020818152604092839020855181559085015160018201559184015160028301556060840151908201805467ffffffffffffffff19166001600160401b0390921691909117905560808301519091506004820190610afd90826117f6565b5050506020808601355f908152600490915260408082208735929091610b299060608a01908a016115ce565b6001600160a01b03168152602081019190915260409081015f9081209290925560068054600181018255925286357ff652222313e28459528d920b65115c16c04f3efc82aaedc97be59f3f377c0d3f90920191909155610b8f90606087019087016115ce565b6001600160a01b0316602086013586357f3d4ad3485634fe49ff24e28dd0543ab4e6ddc55097bd672a680699f74b44b656610bd060808a0160608b0161171b565b60808a013560a08b0135610be760c08d018d611761565b8d60e0016020810190610bfa919061173b565b8e610100016020810190610c0e919061173b565b604051610c2197969594939291906118b0565b60405180910390a45050505050565b6060610c5c7f00000000000000000000000000000000000000000000000000000000000000005f610fe6565b905090565b6060610c5c7f00000000000000000000000000000000000000000000000000000000000000006001610fe6565b5f81815260026020526040902054600160a81b90046001600160401b031615610cb45750565b5f81815260026020526040808220805467ffffffffffffffff60a81b1916600160a81b426001600160401b0316021790555182917f49b2c54fa3b9c6ef8802adcfad884e28ede9faea2d2ca3de37fdd71e0d5bf2e491a250565b5f813515801590610d225750602082013515155b8015610d4657505f610d3a60608401604085016115ce565b6001600160a01b031614155b90505f6001610d5b608085016060860161171b565b60ff16141580610d7c5750608083013515801590610d7c575060a083013515155b90505f6001610d91608086016060870161171b565b60ff1611158015610dd45750610daf6101208501610100860161173b565b6001600160401b0316610dc9610100860160e0870161173b565b6001600160401b0316105b8015610df05750610200610deb60c0860186611761565b905011155b9050821580610dfd575081155b80610e06575080155b15610e245760405163090bd44d60e31b815260040160405180910390fd5b50505050565b5f7fcefbaf2b90687aea449afa76ad1107576d35b89cc86ac3ba8facb2ace8abd7cb82356020840135610e6360608601604087016115ce565b610e73608087016060880161171b565b608087013560a0880135610e8a60c08a018a611761565b604051610e9892919061190e565b604051908190039020610eb26101008b0160e08c0161173b565b610ec46101208c016101008d0161173b565b60408051602081019b909b528a019890985260608901969096526001600160a01b03909416608088015260ff90921660a087015260c086015260e08501526101008401526001600160401b039081166101208401521661014082015261016001604051602081830303815290604052805190602001209050919050565b5f610f6d610f4d611090565b8360405161190160f01b8152600281019290925260228201526042902090565b92915050565b5f836001600160a01b03163b5f03610fd1575f5f610f9185856111b9565b5090925090505f816003811115610faa57610faa61191d565b148015610fc85750856001600160a01b0316826001600160a01b0316145b92505050610fdf565b610fdc848484611202565b90505b9392505050565b606060ff831461100057610ff983611253565b9050610f6d565b81805461100c906116e3565b80601f0160208091040260200160405190810160405280929190818152602001828054611038906116e3565b80156110835780601f1061105a57610100808354040283529160200191611083565b820191905f5260205f20905b81548152906001019060200180831161106657829003601f168201915b5050505050905092915050565b5f306001600160a01b037f0000000000000000000000000000000000000000000000000000000000000000161480156110e857507f000000000000000000000000000000000000000000000000000000000000000046145b1561111257507f000000000000000000000000000000000000000000000000000000000000000090565b610c5c604080517f8b73c3c69bb8fe3d512ecc4cf759cc79239f7b179b0ffacaa9a75d522b39400f60208201527f0000000000000000000000000000000000000000000000000000000000000000918101919091527f000000000000000000000000000000000000000000000000000000000000000060608201524660808201523060a08201525f9060c00160405160208183030381529060405280519060200120905090565b5f5f5f83516041036111f0576020840151604085015160608601515f1a6111e288828585611290565b9550955095505050506111fb565b505081515f91506002905b9250925092565b805160408051630b135d3f60e11b8082526004820186905260248201929092525f92906020820185604483015e60205f60648401838a5afa9050825f5114601f3d1116811693505050509392505050565b60605f61125f83611358565b6040805160208082528183019092529192505f91906020820181803683375050509182525060208101929092525090565b5f80807f7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a08411156112c957505f9150600390508261134e565b604080515f808252602082018084528a905260ff891692820192909252606081018790526080810186905260019060a0016020604051602081039080840390855afa15801561131a573d5f5f3e3d5ffd5b5050604051601f1901519150506001600160a01b03811661134557505f92506001915082905061134e565b92505f91508190505b9450945094915050565b5f60ff8216601f811115610f6d57604051632cd44ac360e21b815260040160405180910390fd5b5f6020828403121561138f575f5ffd5b5035919050565b80356001600160a01b03811681146113ac575f5ffd5b919050565b5f5f604083850312156113c2575f5ffd5b823591506113d260208401611396565b90509250929050565b5f5f604083850312156113ec575f5ffd5b50508035926020909101359150565b602080825282518282018190525f918401906040840190835b81811015611432578351835260209384019390920191600101611414565b509095945050505050565b5f81518084528060208401602086015e5f602082860101526020601f19601f83011685010191505092915050565b60208152815160208201525f602083015161149160408401826001600160a01b03169052565b50604083015160ff811660608401525060608301516080830152608083015160a083015260a083015161014060c08401526114d061016084018261143d565b905060c08401516114ec60e08501826001600160401b03169052565b5060e08401516001600160401b038116610100850152506101008401516001600160401b038116610120850152506101208401516001600160401b038116610140850152509392505050565b60ff60f81b8816815260e060208201525f61155660e083018961143d565b8281036040840152611568818961143d565b606084018890526001600160a01b038716608085015260a0840186905283810360c0850152845180825260208087019350909101905f5b818110156115bd57835183526020938401939092019160010161159f565b50909b9a5050505050505050505050565b5f602082840312156115de575f5ffd5b610fdf82611396565b5f5f5f604084860312156115f9575f5ffd5b83356001600160401b0381111561160e575f5ffd5b84016101208187031215611620575f5ffd5b925060208401356001600160401b0381111561163a575f5ffd5b8401601f8101861361164a575f5ffd5b80356001600160401b0381111561165f575f5ffd5b866020828401011115611670575f5ffd5b939660209190910195509293505050565b634e487b7160e01b5f52601160045260245ffd5b81810381811115610f6d57610f6d611681565b634e487b7160e01b5f52604160045260245ffd5b80820180821115610f6d57610f6d611681565b634e487b7160e01b5f52603260045260245ffd5b600181811c908216806116f757607f821691505b60208210810361171557634e487b7160e01b5f52602260045260245ffd5b50919050565b5f6020828403121561172b575f5ffd5b813560ff81168114610fdf575f5ffd5b5f6020828403121561174b575f5ffd5b81356001600160401b0381168114610fdf575f5ffd5b5f5f8335601e19843603018112611776575f5ffd5b8301803591506001600160401b0382111561178f575f5ffd5b6020019150368190038213156117a3575f5ffd5b9250929050565b601f8211156117f157805f5260205f20601f840160051c810160208510156117cf5750805b601f840160051c820191505b818110156117ee575f81556001016117db565b50505b505050565b81516001600160401b0381111561180f5761180f6116a8565b6118238161181d84546116e3565b846117aa565b6020601f821160018114611855575f831561183e5750848201515b5f19600385901b1c1916600184901b1784556117ee565b5f84815260208120601f198516915b828110156118845787850151825560209485019460019092019101611864565b50848210156118a157868401515f19600387901b60f8161c191681555b50505050600190811b01905550565b60ff8816815286602082015285604082015260c060608201528360c0820152838560e08301375f60e08583018101919091526001600160401b0393841660808301529190921660a0830152601f909201601f19160101949350505050565b818382375f9101908152919050565b634e487b7160e01b5f52602160045260245ffd'
