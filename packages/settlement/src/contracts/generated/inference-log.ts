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
    "inputs": [],
    "name": "SizeTooLarge",
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
        "name": "nodeId",
        "type": "bytes32"
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
  '0x610180604052348015610010575f5ffd5b50604051614d68380380614d6883398101604081905261002f916101fa565b604080518082018252601681527f4f70656e4772616469656e7420496e666572656e636500000000000000000000602080830191909152825180840190935260018352603160f81b9083015290610086825f610175565b61012052610095816001610175565b61014052815160208084019190912060e052815190820120610100524660a05261012160e05161010051604080517f8b73c3c69bb8fe3d512ecc4cf759cc79239f7b179b0ffacaa9a75d522b39400f60208201529081019290925260608201524660808201523060a08201525f9060c00160405160208183030381529060405280519060200120905090565b60805250503060c0526040518190610138906101ed565b6001600160a01b039091168152602001604051809103905ff080158015610161573d5f5f3e3d5ffd5b506001600160a01b031661016052506103d1565b5f60208351101561019057610189836101a7565b90506101a1565b8161019b84826102bf565b5060ff90505b92915050565b5f5f829050601f815111156101da578260405163305a27a960e01b81526004016101d19190610379565b60405180910390fd5b80516101e5826103ae565b179392505050565b611c80806130e883390190565b5f6020828403121561020a575f5ffd5b81516001600160a01b0381168114610220575f5ffd5b9392505050565b634e487b7160e01b5f52604160045260245ffd5b600181811c9082168061024f57607f821691505b60208210810361026d57634e487b7160e01b5f52602260045260245ffd5b50919050565b601f8211156102ba57805f5260205f20601f840160051c810160208510156102985750805b601f840160051c820191505b818110156102b7575f81556001016102a4565b50505b505050565b81516001600160401b038111156102d8576102d8610227565b6102ec816102e6845461023b565b84610273565b6020601f82116001811461031e575f83156103075750848201515b5f19600385901b1c1916600184901b1784556102b7565b5f84815260208120601f198516915b8281101561034d578785015182556020948501946001909201910161032d565b508482101561036a57868401515f19600387901b60f8161c191681555b50505050600190811b01905550565b602081525f82518060208401528060208501604085015e5f604082850101526040601f19601f83011684010191505092915050565b8051602080830151919081101561026d575f1960209190910360031b1b16919050565b60805160a05160c05160e05161010051610120516101405161016051612c926104565f395f81816101ea01528181610336015281816106420152818161166c01528181611a9c01528181611b0f0152611cf201525f6113bb01525f61138a01525f6114ba01525f61149201525f6113ed01525f61141701525f6114410152612c925ff3fe608060405234801561000f575f5ffd5b50600436106100cb575f3560e01c80639a958c3b11610088578063d9b5c4a511610063578063d9b5c4a5146101e5578063de6f811814610224578063e5409d4014610237578063f3a05bcc1461024a575f5ffd5b80639a958c3b1461019c578063cd407eb5146101af578063d59655b1146101c2575f5ffd5b80631ce657c2146100cf57806350367b77146100f55780635e487690146101205780637f81aca91461013557806382e9b0bb1461014857806384b0196e14610181575b5f5ffd5b6100e26100dd366004611f53565b61025d565b6040519081526020015b60405180910390f35b610108610103366004611f8c565b610275565b6040516001600160401b0390911681526020016100ec565b61013361012e366004612012565b610311565b005b6100e2610143366004612101565b6104df565b61015b610156366004612143565b6104ec565b604080516001600160401b039485168152939092166020840152908201526060016100ec565b610189610529565b6040516100ec979695949392919061219f565b6101336101aa366004612275565b61056b565b6100e26101bd36600461230e565b6107d9565b6101d56101d036600461233f565b6107e3565b60405190151581526020016100ec565b61020c7f000000000000000000000000000000000000000000000000000000000000000081565b6040516001600160a01b0390911681526020016100ec565b6101336102323660046123b5565b610876565b610133610245366004612437565b610cc0565b6101336102583660046124ba565b610d18565b5f61026f61026a83610daf565b610e70565b92915050565b5f60015b6102838382610e9c565b1561029b5760011b6801fffffffffffffffe16610279565b677fffffffffffffff600182901c165b60016102b782846125b7565b6001600160401b0316111561030a575f60026102d383856125b7565b6102dd91906125ea565b6102e79083612617565b90506102f38582610e9c565b1561030057809150610304565b8092505b506102ab565b9392505050565b5f61031b8a6104df565b604051630533a06960e31b81528b3560048201529091505f907f00000000000000000000000000000000000000000000000000000000000000006001600160a01b03169063299d03489060240160c060405180830381865afa158015610383573d5f5f3e3d5ffd5b505050506040513d601f19601f820116820180604052508101906103a79190612679565b90505f6103b98c600185888887610ebc565b90505f8160088111156103ce576103ce61271e565b146103f75780604051632f56b7fb60e21b81526004016103ee9190612732565b60405180910390fd5b60808c01356104088b358b8b610fe4565b146104265760405163014a8fb160e71b815260040160405180910390fd5b8b60a0013561043a8b602001358989610fe4565b14610458576040516328fa9aa960e01b815260040160405180910390fd5b8b60c001356104668c611034565b146104845760405163e5c4d3b760e01b815260040160405180910390fd5b8b5f01358c60400135847f58a60eee1e381cb57f3ddd3a9355f68a8a9f75f8b4451fdd421b2ac08b2e15608f8f8f8f8f8f8f6040516104c9979695949392919061289f565b60405180910390a4505050505050505050505050565b5f61026f61026a836112ce565b5f5f5f6104f98585611302565b5f9687526002602090815260408089206001600160401b0390981689529690529490952054949593949392505050565b5f6060805f5f5f606061053a611383565b6105426113b4565b604080515f80825260208201909252600f60f81b9b939a50919850469750309650945092509050565b82811461058e576040516001621398b960e31b0319815260040160405180910390fd5b5f6105976113e1565b6040805160c0810182525f80825260208201819052918101829052606081018290526080810182905260a08101829052919250905f5b868110156107cf57368888838181106105e8576105e8612ae5565b9050610160020190505f61061e866105ff846112ce565b60405161190160f01b8152600281019290925260228201526042902090565b9050813585146106b657604051630533a06960e31b815282356004820181905295507f00000000000000000000000000000000000000000000000000000000000000006001600160a01b03169063299d03489060240160c060405180830381865afa15801561068f573d5f5f3e3d5ffd5b505050506040513d601f19601f820116820180604052508101906106b39190612679565b93505b5f6106e7835f848c8c898181106106cf576106cf612ae5565b90506020028101906106e19190612af9565b8a610ebc565b90505f8160088111156106fc576106fc61271e565b14801561070f575061070d8261150a565b155b15610718575060085b5f81600881111561072b5761072b61271e565b0361078857604080516080850135815260a0850135602082015260c08501358183015287918501359084907fb5611403dfc69d2727d3266fab893363be418dc4c4d9fd781542cc5f765f65989060600160405180910390a46107c1565b817f167515379ec29133d62e15798dd6c90f692036c714de5d7c9c36fe3ed92ade5b826040516107b89190612732565b60405180910390a25b5050508060010190506105cd565b5050505050505050565b5f61026f82611034565b5f5f6107ef8888611302565b509050806001600160401b03165f0361082d576040516319d9c64d60e11b8152600481018990526001600160401b03881660248201526044016103ee565b6108686108398761152f565b5f8a81526002602090815260408083206001600160401b038d168452909152902054879084908890889061153e565b9150505b9695505050505050565b5f610891873561088c60408a0160208b01612b3b565b611302565b5090506001600160401b0381161561095e57866060013560025f895f013581526020019081526020015f205f8960200160208101906108d09190612b3b565b6001600160401b03166001600160401b031681526020019081526020015f205414158061091e57506109086060880160408901612b3b565b6001600160401b0316816001600160401b031614155b15610958576109336040880160208901612b3b565b6040516310d249eb60e21b81526001600160401b0390911660048201526024016103ee565b50610cb8565b61096e6040880160208901612b3b565b6001600160401b03165f036109b7576109878735610275565b610992906001612617565b604051633d103ec960e01b81526001600160401b0390911660048201526024016103ee565b5f60016109ca60408a0160208b01612b3b565b6109d491906125b7565b90505f6109e2893583611302565b5090506001600160401b03821615801590610a0457506001600160401b038116155b15610a13576109878935610275565b610200610a2360808b018b612af9565b90501115610a445760405163531dc44960e01b815260040160405180910390fd5b64ffffffffff610a5a60608b0160408c01612b3b565b6001600160401b03161115610a825760405163033de1f160e21b815260040160405180910390fd5b610a8e89898989611654565b6001600160401b038116610aa860608b0160408c01612b3b565b6001600160401b031611610ada5760405163012255ed60e41b81526001600160401b03821660048201526024016103ee565b88355f9081526002602090815260408083206001600160401b0386168452909152908190205490610b259083908390610b199060608f01908f01612b3b565b8d606001358a8a6117e7565b610b4257604051631c91d7d360e21b815260040160405180910390fd5b896060013560025f8c5f013581526020019081526020015f205f8c6020016020810190610b6f9190612b3b565b6001600160401b03166001600160401b031681526020019081526020015f2081905550610bad8a6020016020810190610ba89190612b3b565b6119c2565b69ffffffffff00000000004260281b16610bcd60608d0160408e01612b3b565b6001600160401b031617901b60035f8c5f013581526020019081526020015f205f600360018e6020016020810190610c059190612b3b565b610c0f91906125b7565b610c1991906125ea565b6001600160401b0316815260208082019290925260409081015f208054909317909255610c4a918c01908c01612b3b565b6001600160401b03168a357fd4aa2824305d16602d9847f34d8ca5b752d45264ebec144adae727ac3bb8fc95610c8660608e0160408f01612b3b565b8d606001358e8060800190610c9b9190612af9565b604051610cab9493929190612b56565b60405180910390a3505050505b505050505050565b610cd06080840160608501612b7e565b63ffffffff16610ce66080880160608901612b7e565b63ffffffff1614610d0a5760405163f6956d9960e01b815260040160405180910390fd5b610cb88686868686866119f9565b8760c00135610d2688611034565b14610d445760405163e5c4d3b760e01b815260040160405180910390fd5b8360c00135610d5284611034565b14610d705760405163e5c4d3b760e01b815260040160405180910390fd5b60e08701351580610d83575060e0830135155b15610da15760405163f6956d9960e01b815260040160405180910390fd5b6107cf8887878786866119f9565b5f7f0af100234b147028f9853a862df135512d6e91d0f3dccf65a82b11784b885ade8235610de36040850160208601612b3b565b610df36060860160408701612b3b565b6060860135610e056080880188612af9565b604051610e13929190612b97565b6040805191829003822060208301979097528101949094526001600160401b0392831660608501529116608083015260a082015260c081019190915260e0015b604051602081830303815290604052805190602001209050919050565b5f61026f610e7c6113e1565b8360405161190160f01b8152600281019290925260228201526042902090565b5f5f610ea88484611302565b506001600160401b03161515949350505050565b80515f906001600160a01b0316610ed55750600161086c565b8160a00151876020013514610eec5750600261086c565b602082015160ff16610f05610100890160e08a01612ba6565b60ff1614610f155750600361086c565b60ff8616610f2b61012089016101008a01612ba6565b60ff1614610f3b5750600461086c565b60408201516001600160401b031615610f565750600561086c565b60608201516001600160401b0316610f7661014089016101208a01612b3b565b6001600160401b03161080610fb1575060808201516001600160401b0316610fa661014089016101208a01612b3b565b6001600160401b0316115b15610fbe5750600661086c565b8151610fcc90868686611bbd565b610fd85750600761086c565b505f9695505050505050565b5f838383604051610ff6929190612b97565b6040519081900381206110159291602001918252602082015260400190565b6040516020818303038152906040528051906020012090509392505050565b5f807faf058c29f8b2c1e7114f749ec43c29c11b37ef920bbfabfead079e4b215b97a283356110696040860160208701612bc1565b6110766040870187612af9565b604051611084929190612b97565b60405190819003902060608701356110a260a0890160808a01612bc1565b6110b260c08a0160a08b01612bc1565b6040805160208101989098528701959095526001600160a01b039384166060870152608086019290925260a0850152811660c084810191909152911660e0838101919091529085013561010083810191909152908501356101208301528401356101408201526101600160408051601f1981840301815291905290505f61113d610120850185612af9565b60405161114b929190612b97565b604051908190039020611162610140860186612af9565b604051611170929190612b97565b604051908190039020611187610160870187612af9565b604051611195929190612b97565b6040519081900390206101808701356111b66101c089016101a08a01612b3b565b6111c86101e08a016101c08b01612b3b565b6111da6102008b016101e08c01612b3b565b6111ec6102208c016102008d01612b3b565b6111fe6102408d016102208e01612ba6565b6112106102608e016102408f01612ba6565b8d6102600160208101906112249190612b3b565b60408051602081019c909c528b019990995260608a019790975260808901959095526001600160401b0393841660a089015291831660c0880152821660e0870152811661010086015260ff91821661012086015291166101408401521661016082015261018001604051602081830303815290604052905081816040516020016112af929190612bf3565b6040516020818303038152906040528051906020012092505050919050565b5f7f28818906cc5edfe11e83e420d4d66d6b20f06d927651d8fdb0c6625ea02d0de282604051602001610e53929190612c07565b5f5f826001600160401b03165f0361131e57505f90508061137c565b5f611328846119c2565b5f868152600360208190526040822091906113446001896125b7565b61134e91906125ea565b6001600160401b0316815260208101919091526040015f205464ffffffffff911c818116945060281c169150505b9250929050565b60606113af7f00000000000000000000000000000000000000000000000000000000000000005f611c0d565b905090565b60606113af7f00000000000000000000000000000000000000000000000000000000000000006001611c0d565b5f306001600160a01b037f00000000000000000000000000000000000000000000000000000000000000001614801561143957507f000000000000000000000000000000000000000000000000000000000000000046145b1561146357507f000000000000000000000000000000000000000000000000000000000000000090565b6113af604080517f8b73c3c69bb8fe3d512ecc4cf759cc79239f7b179b0ffacaa9a75d522b39400f60208201527f0000000000000000000000000000000000000000000000000000000000000000918101919091527f000000000000000000000000000000000000000000000000000000000000000060608201524660808201523060a08201525f9060c00160405160208183030381529060405280519060200120905090565b5f81805c1561151b57505f92915050565b611526816001611cb6565b50600192915050565b5f5f5f535060015260215f2090565b5f846001600160401b0316866001600160401b03161061155f57505f61086c565b6001600160401b0386165f6115756001886125b7565b6001600160401b03169050885f5b8681101561163857825f0361159e575f94505050505061086c565b83600116600114806115af57508284145b15611603576115d68888838181106115c9576115c9612ae5565b9050602002013583611cbd565b91505b600184161580156115e957508315155b156115fe57600193841c939290921c916115d9565b611628565b6116258289898481811061161957611619612ae5565b90506020020135611cbd565b91505b600193841c9392831c9201611583565b508115801561164657508481145b9a9950505050505050505050565b604051630533a06960e31b8152600481018490525f907f00000000000000000000000000000000000000000000000000000000000000006001600160a01b03169063299d03489060240160c060405180830381865afa1580156116b9573d5f5f3e3d5ffd5b505050506040513d601f19601f820116820180604052508101906116dd9190612679565b80519091506001600160a01b031661170b576001604051632f56b7fb60e21b81526004016103ee9190612732565b60a0810151853514611733576002604051632f56b7fb60e21b81526004016103ee9190612732565b60408101516001600160401b031615611762576005604051632f56b7fb60e21b81526004016103ee9190612732565b80606001516001600160401b0316421080611789575080608001516001600160401b031642115b156117aa576006604051632f56b7fb60e21b81526004016103ee9190612732565b80516117c0906117b98761025d565b8585611bbd565b6117e0576007604051632f56b7fb60e21b81526004016103ee9190612732565b5050505050565b5f846001600160401b0316876001600160401b0316111561180957505f61086c565b846001600160401b0316876001600160401b031603611836578115801561182f57508386145b905061086c565b866001600160401b03165f0361184e5750801561086c565b5f61185a6001896125b7565b6001600160401b031690505f6118716001886125b7565b6001600160401b031690505b8160011660010361189457600191821c911c61187d565b5f82156118a25760016118a4565b5f5b60ff169050808510156118bc575f935050505061086c565b5f83156118e15786865f8181106118d5576118d5612ae5565b905060200201356118e3565b895b9050805b8683101561199a57835f03611903575f9550505050505061086c565b5f88888581811061191657611916612ae5565b905060200201359050856001166001148061193057508486145b156119785761193f8184611cbd565b925061194b8183611cbd565b91505b6001861615801561195e57508515155b1561197357600195861c959490941c9361194e565b611985565b6119828282611cbd565b91505b50600194851c9493841c9392909201916118e7565b831580156119a757508a82145b80156119b257508881145b9c9b505050505050505050505050565b5f6119cf60286002612c1c565b60036119dc6001856125b7565b6119e69190612c33565b6001600160401b031661026f9190612c1c565b82602001358660200135141580611a1857508260400135866040013514155b15611a365760405163f6956d9960e01b815260040160405180910390fd5b5f611a40876104df565b90505f611a4c856104df565b9050808203611a6e5760405163f6956d9960e01b815260040160405180910390fd5b611a7a88838989611cda565b611a8685828686611cda565b604051634573c3c560e11b8152883560048201527f00000000000000000000000000000000000000000000000000000000000000006001600160a01b031690638ae7878a906024015f604051808303815f87803b158015611ae5575f5ffd5b505af1158015611af7573d5f5f3e3d5ffd5b5050604051634573c3c560e11b8152873560048201527f00000000000000000000000000000000000000000000000000000000000000006001600160a01b03169250638ae7878a91506024015f604051808303815f87803b158015611b5a575f5ffd5b505af1158015611b6c573d5f5f3e3d5ffd5b5050604080518581526020818101869052828d013594508c013592507f810cbc8093cf539e7f4c4f35a917ea953b8be383ce5ef1b290e72810457527fd910160405180910390a35050505050505050565b5f5f5f611bcb868686611dca565b5090925090505f816003811115611be457611be461271e565b148015611c025750866001600160a01b0316826001600160a01b0316145b979650505050505050565b606060ff8314611c2757611c2083611e11565b905061026f565b818054611c3390612c60565b80601f0160208091040260200160405190810160405280929190818152602001828054611c5f90612c60565b8015611caa5780601f10611c8157610100808354040283529160200191611caa565b820191905f5260205f20905b815481529060010190602001808311611c8d57829003601f168201915b5050505050905061026f565b80825d5050565b5f6040516001815360018101939093525060218201526041902090565b604051630533a06960e31b8152843560048201525f907f00000000000000000000000000000000000000000000000000000000000000006001600160a01b03169063299d03489060240160c060405180830381865afa158015611d3f573d5f5f3e3d5ffd5b505050506040513d601f19601f82011682018060405250810190611d639190612679565b80519091506001600160a01b0316611d91576001604051632f56b7fb60e21b81526004016103ee9190612732565b8060a00151856020013514611dbc576002604051632f56b7fb60e21b81526004016103ee9190612732565b80516117c090858585611bbd565b5f80806041849003611dfe578435602086013560408701355f1a611df089828585611e4e565b955095509550505050611e08565b505f915060029050825b93509350939050565b60605f611e1d83611f16565b6040805160208082528183019092529192505f91906020820181803683375050509182525060208101929092525090565b5f80807f7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0841115611e8757505f91506003905082611f0c565b604080515f808252602082018084528a905260ff891692820192909252606081018790526080810186905260019060a0016020604051602081039080840390855afa158015611ed8573d5f5f3e3d5ffd5b5050604051601f1901519150506001600160a01b038116611f0357505f925060019150829050611f0c565b92505f91508190505b9450945094915050565b5f60ff8216601f81111561026f57604051632cd44ac360e21b815260040160405180910390fd5b5f60a08284031215611f4d575f5ffd5b50919050565b5f60208284031215611f63575f5ffd5b81356001600160401b03811115611f78575f5ffd5b611f8484828501611f3d565b949350505050565b5f60208284031215611f9c575f5ffd5b5035919050565b5f6101608284031215611f4d575f5ffd5b5f6102808284031215611f4d575f5ffd5b5f60408284031215611f4d575f5ffd5b5f5f83601f840112611fe5575f5ffd5b5081356001600160401b03811115611ffb575f5ffd5b60208301915083602082850101111561137c575f5ffd5b5f5f5f5f5f5f5f5f5f6102208a8c03121561202b575f5ffd5b6120358b8b611fa3565b98506101608a01356001600160401b03811115612050575f5ffd5b61205c8c828d01611fb4565b98505061206d8b6101808c01611fc5565b96506101c08a01356001600160401b03811115612088575f5ffd5b6120948c828d01611fd5565b9097509550506101e08a01356001600160401b038111156120b3575f5ffd5b6120bf8c828d01611fd5565b9095509350506102008a01356001600160401b038111156120de575f5ffd5b6120ea8c828d01611fd5565b915080935050809150509295985092959850929598565b5f6101608284031215612112575f5ffd5b61030a8383611fa3565b6001600160401b0381168114612130575f5ffd5b50565b803561213e8161211c565b919050565b5f5f60408385031215612154575f5ffd5b8235915060208301356121668161211c565b809150509250929050565b5f81518084528060208401602086015e5f602082860101526020601f19601f83011685010191505092915050565b60ff60f81b8816815260e060208201525f6121bd60e0830189612171565b82810360408401526121cf8189612171565b606084018890526001600160a01b038716608085015260a0840186905283810360c0850152845180825260208087019350909101905f5b81811015612224578351835260209384019390920191600101612206565b50909b9a5050505050505050505050565b5f5f83601f840112612245575f5ffd5b5081356001600160401b0381111561225b575f5ffd5b6020830191508360208260051b850101111561137c575f5ffd5b5f5f5f5f60408587031215612288575f5ffd5b84356001600160401b0381111561229d575f5ffd5b8501601f810187136122ad575f5ffd5b80356001600160401b038111156122c2575f5ffd5b876020610160830284010111156122d7575f5ffd5b6020918201955093508501356001600160401b038111156122f6575f5ffd5b61230287828801612235565b95989497509550505050565b5f6020828403121561231e575f5ffd5b81356001600160401b03811115612333575f5ffd5b611f8484828501611fb4565b5f5f5f5f5f5f60a08789031215612354575f5ffd5b8635955060208701356123668161211c565b945060408701359350606087013561237d8161211c565b925060808701356001600160401b03811115612397575f5ffd5b6123a389828a01612235565b979a9699509497509295939492505050565b5f5f5f5f5f5f608087890312156123ca575f5ffd5b86356001600160401b038111156123df575f5ffd5b6123eb89828a01611f3d565b9650506020870135945060408701356001600160401b0381111561240d575f5ffd5b61241989828a01611fd5565b90955093505060608701356001600160401b03811115612397575f5ffd5b5f5f5f5f5f5f610300878903121561244d575f5ffd5b6124578888611fa3565b95506101608701356001600160401b03811115612472575f5ffd5b61247e89828a01611fd5565b90965094506124939050886101808901611fa3565b92506102e08701356001600160401b038111156124ae575f5ffd5b6123a389828a01611fd5565b5f5f5f5f5f5f5f5f610340898b0312156124d2575f5ffd5b6124dc8a8a611fa3565b97506101608901356001600160401b038111156124f7575f5ffd5b6125038b828c01611fb4565b9750506101808901356001600160401b0381111561251f575f5ffd5b61252b8b828c01611fd5565b909750955061254090508a6101a08b01611fa3565b93506103008901356001600160401b0381111561255b575f5ffd5b6125678b828c01611fb4565b9350506103208901356001600160401b03811115612583575f5ffd5b61258f8b828c01611fd5565b999c989b5096995094979396929594505050565b634e487b7160e01b5f52601160045260245ffd5b6001600160401b03828116828216039081111561026f5761026f6125a3565b634e487b7160e01b5f52601260045260245ffd5b5f6001600160401b03831680612602576126026125d6565b806001600160401b0384160491505092915050565b6001600160401b03818116838216019081111561026f5761026f6125a3565b6001600160a01b0381168114612130575f5ffd5b805161213e81612636565b60ff81168114612130575f5ffd5b805161213e81612655565b805161213e8161211c565b5f60c082840312801561268a575f5ffd5b5060405160c081016001600160401b03811182821017156126b957634e487b7160e01b5f52604160045260245ffd5b6040526126c58361264a565b81526126d360208401612663565b60208201526126e46040840161266e565b60408201526126f56060840161266e565b60608201526127066080840161266e565b608082015260a0928301519281019290925250919050565b634e487b7160e01b5f52602160045260245ffd5b602081016009831061275257634e487b7160e01b5f52602160045260245ffd5b91905290565b803563ffffffff8116811461213e575f5ffd5b803561213e81612655565b80358252602080820135908301526040808201359083015261279a60608201612758565b63ffffffff1660608301526080818101359083015260a0808201359083015260c080820135908301526127cf60e0820161276b565b60ff1660e08301526127e4610100820161276b565b60ff166101008301526127fa6101208201612133565b6001600160401b03166101208301526128166101408201612133565b6001600160401b038116610140840152505050565b803561213e81612636565b5f5f8335601e1984360301811261284b575f5ffd5b83016020810192503590506001600160401b03811115612869575f5ffd5b80360382131561137c575f5ffd5b81835281816020850137505f828201602090810191909152601f909101601f19169091010190565b6128a98189612776565b61020061016082018190528735908201525f6128c76020890161282b565b6001600160a01b03166102208301526128e36040890189612836565b6102806102408501526128fb61048085018284612877565b60608b01356102608601529150612916905060808a0161282b565b6001600160a01b031661028084015261293160a08a0161282b565b6001600160a01b03166102a084015260c08901356102c084015260e08901356102e08401526101008901356103008401526129706101208a018a612836565b8483036101ff1901610320860152612989838284612877565b9250505061299b6101408a018a612836565b8483036101ff19016103408601526129b4838284612877565b925050506129c66101608a018a612836565b8483036101ff19016103608601526129df838284612877565b6101808c013561038087015292506129fd9150506101a08a01612133565b6001600160401b03166103a0840152612a196101c08a01612133565b6001600160401b03166103c0840152612a356101e08a01612133565b6001600160401b03166103e0840152612a516102008a01612133565b6001600160401b0316610400840152612a6d6102208a0161276b565b60ff16610420840152612a836102408a0161276b565b60ff16610440840152612a996102608a01612133565b6001600160401b0316610460840152873561018084015260208801356101a08401528281036101c0840152612acf818789612877565b90508281036101e0840152611646818587612877565b634e487b7160e01b5f52603260045260245ffd5b5f5f8335601e19843603018112612b0e575f5ffd5b8301803591506001600160401b03821115612b27575f5ffd5b60200191503681900382131561137c575f5ffd5b5f60208284031215612b4b575f5ffd5b813561030a8161211c565b6001600160401b0385168152836020820152606060408201525f61086c606083018486612877565b5f60208284031215612b8e575f5ffd5b61030a82612758565b818382375f9101908152919050565b5f60208284031215612bb6575f5ffd5b813561030a81612655565b5f60208284031215612bd1575f5ffd5b813561030a81612636565b5f81518060208401855e5f93019283525090919050565b5f611f84612c018386612bdc565b84612bdc565b828152610180810161030a6020830184612776565b808202811582820484141761026f5761026f6125a3565b5f6001600160401b03831680612c4b57612c4b6125d6565b806001600160401b0384160691505092915050565b600181811c90821680612c7457607f821691505b602082108103611f4d57634e487b7160e01b5f52602260045260245ffd6101a0604052348015610010575f5ffd5b50604051611c80380380611c8083398101604081905261002f916101b9565b604080518082018252601a81527f4f70656e4772616469656e74204e6f6465205265676973747279000000000000602080830191909152825180840190935260018352603160f81b9083015290610086825f610141565b61012052610095816001610141565b61014052815160208084019190912060e052815190820120610100524660a05261012160e05161010051604080517f8b73c3c69bb8fe3d512ecc4cf759cc79239f7b179b0ffacaa9a75d522b39400f60208201529081019290925260608201524660808201523060a08201525f9060c00160405160208183030381529060405280519060200120905090565b60805250503060c0526001600160a01b0316610160523361018052610390565b5f60208351101561015c5761015583610173565b905061016d565b81610167848261027e565b5060ff90505b92915050565b5f5f829050601f815111156101a6578260405163305a27a960e01b815260040161019d9190610338565b60405180910390fd5b80516101b18261036d565b179392505050565b5f602082840312156101c9575f5ffd5b81516001600160a01b03811681146101df575f5ffd5b9392505050565b634e487b7160e01b5f52604160045260245ffd5b600181811c9082168061020e57607f821691505b60208210810361022c57634e487b7160e01b5f52602260045260245ffd5b50919050565b601f82111561027957805f5260205f20601f840160051c810160208510156102575750805b601f840160051c820191505b81811015610276575f8155600101610263565b50505b505050565b81516001600160401b03811115610297576102976101e6565b6102ab816102a584546101fa565b84610232565b6020601f8211600181146102dd575f83156102c65750848201515b5f19600385901b1c1916600184901b178455610276565b5f84815260208120601f198516915b8281101561030c57878501518255602094850194600190920191016102ec565b508482101561032957868401515f19600387901b60f8161c191681555b50505050600190811b01905550565b602081525f82518060208401528060208501604085015e5f604082850101526040601f19601f83011684010191505092915050565b8051602080830151919081101561022c575f1960209190910360031b1b16919050565b60805160a05160c05160e051610100516101205161014051610160516101805161187661040a5f395f818161023f01526105c301525f81816101e0015281816106f6015261083301525f610be501525f610bb401525f6110e601525f6110be01525f61101901525f61104301525f61106d01526118765ff3fe608060405234801561000f575f5ffd5b50600436106100a6575f3560e01c80637c97e6ec1161006e5780637c97e6ec1461027257806384b0196e146102925780638ae7878a146102ad57806397f735d5146102c2578063b75c7dc6146102f4578063e4e045e014610307575f5ffd5b8063299d0348146100aa5780632b20e397146101db5780633d3462b21461021a5780633e6097181461023a5780636da49b8314610261575b5f5ffd5b6101616100b83660046112fc565b6040805160c0810182525f80825260208201819052918101829052606081018290526080810182905260a0810191909152505f90815260026020818152604092839020835160c08101855281546001600160a01b038116825260ff600160a01b820416938201939093526001600160401b03600160a81b90930483169481019490945260018101548083166060860152600160401b90049091166080840152015460a082015290565b6040516101d291905f60c08201905060018060a01b03835116825260ff60208401511660208301526001600160401b0360408401511660408301526001600160401b0360608401511660608301526001600160401b03608084015116608083015260a083015160a083015292915050565b60405180910390f35b6102027f000000000000000000000000000000000000000000000000000000000000000081565b6040516001600160a01b0390911681526020016101d2565b61022d610228366004611313565b61031a565b6040516101d29190611333565b6102027f000000000000000000000000000000000000000000000000000000000000000081565b6005546040519081526020016101d2565b6102856102803660046112fc565b6103e8565b6040516101d291906113a3565b61029a610576565b6040516101d29796959493929190611470565b6102c06102bb3660046112fc565b6105b8565b005b6102e46102d0366004611506565b60046020525f908152604090205460ff1681565b60405190151581526020016101d2565b6102c06103023660046112fc565b6106b3565b6102c061031536600461152c565b61076f565b6005546060905f818510156103385761033385836115da565b61033a565b5f5b9050838111156103475750825b806001600160401b0381111561035f5761035f6115ed565b604051908082528060200260200182016040528015610388578160200160208202803683370190505b5092505f5b818110156103df5760056103a18288611601565b815481106103b1576103b1611614565b905f5260205f2001548482815181106103cc576103cc611614565b602090810291909101015260010161038d565b50505092915050565b60408051610140810182525f8082526020820181905291810182905260608082018390526080820183905260a082015260c0810182905260e0810182905261010081018290526101208101919091525f828152600260208181526040808420600383529381902081516101408101835285850154815285546001600160a01b03811694820194909452600160a01b90930460ff16918301919091526001810154606083015291820154608082015260048201805460a0830191906104ab90611628565b80601f01602080910402602001604051908101604052809291908181526020018280546104d790611628565b80156105225780601f106104f957610100808354040283529160200191610522565b820191905f5260205f20905b81548152906001019060200180831161050557829003601f168201915b505050918352505060018401546001600160401b038082166020840152600160401b90910481166040830152600390930154831660608201529254600160a81b900490911660809092019190915292915050565b5f6060805f5f5f6060610587610bad565b61058f610bde565b604080515f80825260208201909252600f60f81b9b939a50919850469750309650945092509050565b336001600160a01b037f000000000000000000000000000000000000000000000000000000000000000016146106015760405163ea8e4eb560e01b815260040160405180910390fd5b5f818152600260205260409020546001600160a01b03168061063e5760405163706d8e7760e01b8152600481018390526024015b60405180910390fd5b6001600160a01b0381165f9081526004602052604090205460ff166106a6576001600160a01b0381165f81815260046020526040808220805460ff19166001179055517f11afce7d18fd805822fa35232911a210cb85259fc528395ab8cffb265c8860e89190a25b6106af82610c0b565b5050565b5f818152600260205260409020546001600160a01b0316806106eb5760405163706d8e7760e01b815260048101839052602401610635565b336001600160a01b037f0000000000000000000000000000000000000000000000000000000000000000161480159061072d5750336001600160a01b03821614155b801561075157506001600160a01b0381165f9081526004602052604090205460ff16155b156106a65760405163ea8e4eb560e01b815260040160405180910390fd5b61077883610c8b565b5f61078284610da7565b84355f908152600360205260409020549091508181036107a3575050505050565b80156107c557604051630cfbc25360e01b815285356004820152602401610635565b60045f6107d86060880160408901611506565b6001600160a01b0316815260208101919091526040015f205460ff161561082e576108096060860160408701611506565b604051631dffdd5b60e21b81526001600160a01b039091166004820152602401610635565b6108967f000000000000000000000000000000000000000000000000000000000000000061085b84610ebe565b86868080601f0160208091040260200160405190810160405280939291908181526020018383808284375f92019190915250610ef092505050565b6108b3576040516363e6ab6560e11b815260040160405180910390fd5b6040518060c001604052808660400160208101906108d19190611506565b6001600160a01b031681526020016108ef6080880160608901611660565b60ff1681525f602082015260400161090e610100880160e08901611680565b6001600160401b0316815260200161092e61012088016101008901611680565b6001600160401b0390811682526020888101359281019290925287355f90815260028084526040918290208551815487870151888601518716600160a81b0267ffffffffffffffff60a81b1960ff909216600160a01b026001600160a81b03199093166001600160a01b039094169390931791909117161781556060808701516001830180546080808b01518916600160401b026fffffffffffffffffffffffffffffffff199092169389169390931717905560a097880151929093019190915582518087018452888152828c013595810195909552948a0135918401919091524290911692820192909252908101610a2a60c08801886116a6565b8080601f0160208091040260200160405190810160405280939291908181526020018383808284375f9201829052509390945250508735815260036020818152604092839020855181559085015160018201559184015160028301556060840151908201805467ffffffffffffffff19166001600160401b0390921691909117905560808301519091506004820190610ac3908261173b565b5050600580546001810182555f9190915286357f036b6384b5eca791c62761152d0c79bb0604c104a5fb6f4eb0703f3154bb3db09091015550610b0c6060860160408701611506565b6001600160a01b0316602086013586357f3d4ad3485634fe49ff24e28dd0543ab4e6ddc55097bd672a680699f74b44b656610b4d60808a0160608b01611660565b60808a013560a08b0135610b6460c08d018d6116a6565b8d60e0016020810190610b779190611680565b8e610100016020810190610b8b9190611680565b604051610b9e97969594939291906117f5565b60405180910390a45050505050565b6060610bd97f00000000000000000000000000000000000000000000000000000000000000005f610f63565b905090565b6060610bd97f00000000000000000000000000000000000000000000000000000000000000006001610f63565b5f81815260026020526040902054600160a81b90046001600160401b031615610c315750565b5f81815260026020526040808220805467ffffffffffffffff60a81b1916600160a81b426001600160401b0316021790555182917f49b2c54fa3b9c6ef8802adcfad884e28ede9faea2d2ca3de37fdd71e0d5bf2e491a250565b5f813515801590610c9f5750602082013515155b8015610cc357505f610cb76060840160408501611506565b6001600160a01b031614155b90505f6001610cd86080850160608601611660565b60ff16141580610cf95750608083013515801590610cf9575060a083013515155b90505f6001610d0e6080860160608701611660565b60ff1611158015610d515750610d2c61012085016101008601611680565b6001600160401b0316610d46610100860160e08701611680565b6001600160401b0316105b8015610d6d5750610200610d6860c08601866116a6565b905011155b9050821580610d7a575081155b80610d83575080155b15610da15760405163090bd44d60e31b815260040160405180910390fd5b50505050565b5f7fcefbaf2b90687aea449afa76ad1107576d35b89cc86ac3ba8facb2ace8abd7cb82356020840135610de06060860160408701611506565b610df06080870160608801611660565b608087013560a0880135610e0760c08a018a6116a6565b604051610e15929190611853565b604051908190039020610e2f6101008b0160e08c01611680565b610e416101208c016101008d01611680565b60408051602081019b909b528a019890985260608901969096526001600160a01b03909416608088015260ff90921660a087015260c086015260e08501526101008401526001600160401b039081166101208401521661014082015261016001604051602081830303815290604052805190602001209050919050565b5f610eea610eca61100d565b8360405161190160f01b8152600281019290925260228201526042902090565b92915050565b5f836001600160a01b03163b5f03610f4e575f5f610f0e8585611136565b5090925090505f816003811115610f2757610f27611862565b148015610f455750856001600160a01b0316826001600160a01b0316145b92505050610f5c565b610f5984848461117f565b90505b9392505050565b606060ff8314610f7d57610f76836111d0565b9050610eea565b818054610f8990611628565b80601f0160208091040260200160405190810160405280929190818152602001828054610fb590611628565b80156110005780601f10610fd757610100808354040283529160200191611000565b820191905f5260205f20905b815481529060010190602001808311610fe357829003601f168201915b5050505050905092915050565b5f306001600160a01b037f00000000000000000000000000000000000000000000000000000000000000001614801561106557507f000000000000000000000000000000000000000000000000000000000000000046145b1561108f57507f000000000000000000000000000000000000000000000000000000000000000090565b610bd9604080517f8b73c3c69bb8fe3d512ecc4cf759cc79239f7b179b0ffacaa9a75d522b39400f60208201527f0000000000000000000000000000000000000000000000000000000000000000918101919091527f000000000000000000000000000000000000000000000000000000000000000060608201524660808201523060a08201525f9060c00160405160208183030381529060405280519060200120905090565b5f5f5f835160410361116d576020840151604085015160608601515f1a61115f8882858561120d565b955095509550505050611178565b505081515f91506002905b9250925092565b805160408051630b135d3f60e11b8082526004820186905260248201929092525f92906020820185604483015e60205f60648401838a5afa9050825f5114601f3d1116811693505050509392505050565b60605f6111dc836112d5565b6040805160208082528183019092529192505f91906020820181803683375050509182525060208101929092525090565b5f80807f7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a084111561124657505f915060039050826112cb565b604080515f808252602082018084528a905260ff891692820192909252606081018790526080810186905260019060a0016020604051602081039080840390855afa158015611297573d5f5f3e3d5ffd5b5050604051601f1901519150506001600160a01b0381166112c257505f9250600191508290506112cb565b92505f91508190505b9450945094915050565b5f60ff8216601f811115610eea57604051632cd44ac360e21b815260040160405180910390fd5b5f6020828403121561130c575f5ffd5b5035919050565b5f5f60408385031215611324575f5ffd5b50508035926020909101359150565b602080825282518282018190525f918401906040840190835b8181101561136a57835183526020938401939092019160010161134c565b509095945050505050565b5f81518084528060208401602086015e5f602082860101526020601f19601f83011685010191505092915050565b60208152815160208201525f60208301516113c960408401826001600160a01b03169052565b50604083015160ff811660608401525060608301516080830152608083015160a083015260a083015161014060c0840152611408610160840182611375565b905060c084015161142460e08501826001600160401b03169052565b5060e08401516001600160401b038116610100850152506101008401516001600160401b038116610120850152506101208401516001600160401b038116610140850152509392505050565b60ff60f81b8816815260e060208201525f61148e60e0830189611375565b82810360408401526114a08189611375565b606084018890526001600160a01b038716608085015260a0840186905283810360c0850152845180825260208087019350909101905f5b818110156114f55783518352602093840193909201916001016114d7565b50909b9a5050505050505050505050565b5f60208284031215611516575f5ffd5b81356001600160a01b0381168114610f5c575f5ffd5b5f5f5f6040848603121561153e575f5ffd5b83356001600160401b03811115611553575f5ffd5b84016101208187031215611565575f5ffd5b925060208401356001600160401b0381111561157f575f5ffd5b8401601f8101861361158f575f5ffd5b80356001600160401b038111156115a4575f5ffd5b8660208284010111156115b5575f5ffd5b939660209190910195509293505050565b634e487b7160e01b5f52601160045260245ffd5b81810381811115610eea57610eea6115c6565b634e487b7160e01b5f52604160045260245ffd5b80820180821115610eea57610eea6115c6565b634e487b7160e01b5f52603260045260245ffd5b600181811c9082168061163c57607f821691505b60208210810361165a57634e487b7160e01b5f52602260045260245ffd5b50919050565b5f60208284031215611670575f5ffd5b813560ff81168114610f5c575f5ffd5b5f60208284031215611690575f5ffd5b81356001600160401b0381168114610f5c575f5ffd5b5f5f8335601e198436030181126116bb575f5ffd5b8301803591506001600160401b038211156116d4575f5ffd5b6020019150368190038213156116e8575f5ffd5b9250929050565b601f82111561173657805f5260205f20601f840160051c810160208510156117145750805b601f840160051c820191505b81811015611733575f8155600101611720565b50505b505050565b81516001600160401b03811115611754576117546115ed565b611768816117628454611628565b846116ef565b6020601f82116001811461179a575f83156117835750848201515b5f19600385901b1c1916600184901b178455611733565b5f84815260208120601f198516915b828110156117c957878501518255602094850194600190920191016117a9565b50848210156117e657868401515f19600387901b60f8161c191681555b50505050600190811b01905550565b60ff8816815286602082015285604082015260c060608201528360c0820152838560e08301375f60e08583018101919091526001600160401b0393841660808301529190921660a0830152601f909201601f19160101949350505050565b818382375f9101908152919050565b634e487b7160e01b5f52602160045260245ffd'
