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
  '0x610180604052348015610010575f5ffd5b50604051614b0e380380614b0e83398101604081905261002f916101fa565b604080518082018252601681527f4f70656e4772616469656e7420496e666572656e636500000000000000000000602080830191909152825180840190935260018352603160f81b9083015290610086825f610175565b61012052610095816001610175565b61014052815160208084019190912060e052815190820120610100524660a05261012160e05161010051604080517f8b73c3c69bb8fe3d512ecc4cf759cc79239f7b179b0ffacaa9a75d522b39400f60208201529081019290925260608201524660808201523060a08201525f9060c00160405160208183030381529060405280519060200120905090565b60805250503060c0526040518190610138906101ed565b6001600160a01b039091168152602001604051809103905ff080158015610161573d5f5f3e3d5ffd5b506001600160a01b031661016052506103d1565b5f60208351101561019057610189836101a7565b90506101a1565b8161019b84826102bf565b5060ff90505b92915050565b5f5f829050601f815111156101da578260405163305a27a960e01b81526004016101d19190610379565b60405180910390fd5b80516101e5826103ae565b179392505050565b611c8080612e8e83390190565b5f6020828403121561020a575f5ffd5b81516001600160a01b0381168114610220575f5ffd5b9392505050565b634e487b7160e01b5f52604160045260245ffd5b600181811c9082168061024f57607f821691505b60208210810361026d57634e487b7160e01b5f52602260045260245ffd5b50919050565b601f8211156102ba57805f5260205f20601f840160051c810160208510156102985750805b601f840160051c820191505b818110156102b7575f81556001016102a4565b50505b505050565b81516001600160401b038111156102d8576102d8610227565b6102ec816102e6845461023b565b84610273565b6020601f82116001811461031e575f83156103075750848201515b5f19600385901b1c1916600184901b1784556102b7565b5f84815260208120601f198516915b8281101561034d578785015182556020948501946001909201910161032d565b508482101561036a57868401515f19600387901b60f8161c191681555b50505050600190811b01905550565b602081525f82518060208401528060208501604085015e5f604082850101526040601f19601f83011684010191505092915050565b8051602080830151919081101561026d575f1960209190910360031b1b16919050565b60805160a05160c05160e05161010051610120516101405161016051612a386104565f395f8181610237015281816102e7015281816105b6015281816114c6015281816118bf015281816119320152611b1601525f61121501525f6111e401525f61131401525f6112ec01525f61124701525f61127101525f61129b0152612a385ff3fe608060405234801561000f575f5ffd5b50600436106100cb575f3560e01c80639a958c3b11610088578063d9b5c4a511610063578063d9b5c4a514610232578063de6f811814610271578063e5409d4014610284578063f3a05bcc14610297575f5ffd5b80639a958c3b146101e9578063cd407eb5146101fc578063d59655b11461020f575f5ffd5b80631ce657c2146100cf57806350367b77146100f55780635e487690146101355780637f81aca91461014a57806382e9b0bb1461015d57806384b0196e146101ce575b5f5ffd5b6100e26100dd366004611d77565b6102aa565b6040519081526020015b60405180910390f35b61011d610103366004611db0565b60026020525f90815260409020546001600160401b031681565b6040516001600160401b0390911681526020016100ec565b610148610143366004611e3d565b6102c2565b005b6100e2610158366004611f2c565b610490565b6101a861016b366004611f6e565b5f9182526003602090815260408084206001600160401b0393841685529091529091206001810154905481831693600160401b9092049092169190565b604080516001600160401b039485168152939092166020840152908201526060016100ec565b6101d661049d565b6040516100ec9796959493929190611fca565b6101486101f73660046120a0565b6104df565b6100e261020a366004612139565b61074d565b61022261021d36600461216a565b610757565b60405190151581526020016100ec565b6102597f000000000000000000000000000000000000000000000000000000000000000081565b6040516001600160a01b0390911681526020016100ec565b61014861027f3660046121e0565b6107da565b610148610292366004612262565b610bba565b6101486102a53660046122e5565b610c12565b5f6102bc6102b783610ca9565b610d6a565b92915050565b5f6102cc8a610490565b604051630533a06960e31b81528b3560048201529091505f907f00000000000000000000000000000000000000000000000000000000000000006001600160a01b03169063299d03489060240160c060405180830381865afa158015610334573d5f5f3e3d5ffd5b505050506040513d601f19601f820116820180604052508101906103589190612411565b90505f61036a8c600185888887610d96565b90505f81600881111561037f5761037f6124b6565b146103a85780604051632f56b7fb60e21b815260040161039f91906124ca565b60405180910390fd5b60808c01356103b98b358b8b610ebe565b146103d75760405163014a8fb160e71b815260040160405180910390fd5b8b60a001356103eb8b602001358989610ebe565b14610409576040516328fa9aa960e01b815260040160405180910390fd5b8b60c001356104178c610f0f565b146104355760405163e5c4d3b760e01b815260040160405180910390fd5b8b5f01358c60400135847f58a60eee1e381cb57f3ddd3a9355f68a8a9f75f8b4451fdd421b2ac08b2e15608f8f8f8f8f8f8f60405161047a9796959493929190612637565b60405180910390a4505050505050505050505050565b5f6102bc6102b7836111a9565b5f6060805f5f5f60606104ae6111dd565b6104b661120e565b604080515f80825260208201909252600f60f81b9b939a50919850469750309650945092509050565b828114610502576040516001621398b960e31b0319815260040160405180910390fd5b5f61050b61123b565b6040805160c0810182525f80825260208201819052918101829052606081018290526080810182905260a08101829052919250905f5b86811015610743573688888381811061055c5761055c61287d565b9050610160020190505f61059286610573846111a9565b60405161190160f01b8152600281019290925260228201526042902090565b90508135851461062a57604051630533a06960e31b815282356004820181905295507f00000000000000000000000000000000000000000000000000000000000000006001600160a01b03169063299d03489060240160c060405180830381865afa158015610603573d5f5f3e3d5ffd5b505050506040513d601f19601f820116820180604052508101906106279190612411565b93505b5f61065b835f848c8c898181106106435761064361287d565b90506020028101906106559190612891565b8a610d96565b90505f816008811115610670576106706124b6565b148015610683575061068182611364565b155b1561068c575060085b5f81600881111561069f5761069f6124b6565b036106fc57604080516080850135815260a0850135602082015260c08501358183015287918501359084907fb5611403dfc69d2727d3266fab893363be418dc4c4d9fd781542cc5f765f65989060600160405180910390a4610735565b817f167515379ec29133d62e15798dd6c90f692036c714de5d7c9c36fe3ed92ade5b8260405161072c91906124ca565b60405180910390a25b505050806001019050610541565b5050505050505050565b5f6102bc82610f0f565b5f8681526003602090815260408083206001600160401b03808a1685529252822060018101549091168083036107b2576040516319d9c64d60e11b8152600481018a90526001600160401b038916602482015260440161039f565b6107cb6107be88611389565b87838888875f0154611398565b925050505b9695505050505050565b85355f90815260026020908152604091829020546001600160401b031691610807919089019089016128d3565b6001600160401b03161580159061083f57506001600160401b0381166108336040890160208a016128d3565b6001600160401b031611155b156108f85786355f90815260036020908152604080832091839161086891908c01908c016128d3565b6001600160401b0316815260208101919091526040015f20805490915060608901351415806108b757506108a26060890160408a016128d3565b60018201546001600160401b03908116911614155b156108f1576108cc6040890160208a016128d3565b6040516310d249eb60e21b81526001600160401b03909116600482015260240161039f565b5050610bb2565b610903816001612902565b6001600160401b031661091c6040890160208a016128d3565b6001600160401b03161461095a57610935816001612902565b604051633d103ec960e01b81526001600160401b03909116600482015260240161039f565b61020061096a6080890189612891565b9050111561098b5760405163531dc44960e01b815260040160405180910390fd5b610997878787876114ae565b86355f9081526003602090815260408083206001600160401b0380861685529252918290206001810154909291169081906109d89060608c01908c016128d3565b6001600160401b031611610a0a5760405163012255ed60e41b81526001600160401b038216600482015260240161039f565b8154610a2e908290610a2260608d0160408e016128d3565b8c606001358989611641565b610a4b57604051631c91d7d360e21b815260040160405180910390fd5b610a5b60408a0160208b016128d3565b89355f90815260026020908152604091829020805467ffffffffffffffff19166001600160401b0394909416939093179092558051606080820183528c01803582529092830191610aae91908d016128d3565b6001600160401b03908116825242166020918201528a355f90815260038252604080822092610ae1918e01908e016128d3565b6001600160401b03908116825260208083019390935260409182015f20845181558484015160019091018054958401518316600160401b026fffffffffffffffffffffffffffffffff19909616919092161793909317909255610b48918b01908b016128d3565b6001600160401b031689357fd4aa2824305d16602d9847f34d8ca5b752d45264ebec144adae727ac3bb8fc95610b8460608d0160408e016128d3565b60608d0135610b9660808f018f612891565b604051610ba69493929190612921565b60405180910390a35050505b505050505050565b610bca6080840160608501612949565b63ffffffff16610be06080880160608901612949565b63ffffffff1614610c045760405163f6956d9960e01b815260040160405180910390fd5b610bb286868686868661181c565b8760c00135610c2088610f0f565b14610c3e5760405163e5c4d3b760e01b815260040160405180910390fd5b8360c00135610c4c84610f0f565b14610c6a5760405163e5c4d3b760e01b815260040160405180910390fd5b60e08701351580610c7d575060e0830135155b15610c9b5760405163f6956d9960e01b815260040160405180910390fd5b61074388878787868661181c565b5f7f0af100234b147028f9853a862df135512d6e91d0f3dccf65a82b11784b885ade8235610cdd60408501602086016128d3565b610ced60608601604087016128d3565b6060860135610cff6080880188612891565b604051610d0d929190612962565b6040805191829003822060208301979097528101949094526001600160401b0392831660608501529116608083015260a082015260c081019190915260e0015b604051602081830303815290604052805190602001209050919050565b5f6102bc610d7661123b565b8360405161190160f01b8152600281019290925260228201526042902090565b80515f906001600160a01b0316610daf575060016107d0565b8160a00151876020013514610dc6575060026107d0565b602082015160ff16610ddf610100890160e08a01612971565b60ff1614610def575060036107d0565b60ff8616610e0561012089016101008a01612971565b60ff1614610e15575060046107d0565b60408201516001600160401b031615610e30575060056107d0565b60608201516001600160401b0316610e5061014089016101208a016128d3565b6001600160401b03161080610e8b575060808201516001600160401b0316610e8061014089016101208a016128d3565b6001600160401b0316115b15610e98575060066107d0565b8151610ea6908686866119e0565b610eb2575060076107d0565b505f9695505050505050565b5f838383604051610ed0929190612962565b604051908190038120610eef9291602001918252602082015260400190565b6040516020818303038152906040528051906020012090505b9392505050565b5f807faf058c29f8b2c1e7114f749ec43c29c11b37ef920bbfabfead079e4b215b97a28335610f44604086016020870161298c565b610f516040870187612891565b604051610f5f929190612962565b6040519081900390206060870135610f7d60a0890160808a0161298c565b610f8d60c08a0160a08b0161298c565b6040805160208101989098528701959095526001600160a01b039384166060870152608086019290925260a0850152811660c084810191909152911660e0838101919091529085013561010083810191909152908501356101208301528401356101408201526101600160408051601f1981840301815291905290505f611018610120850185612891565b604051611026929190612962565b60405190819003902061103d610140860186612891565b60405161104b929190612962565b604051908190039020611062610160870187612891565b604051611070929190612962565b6040519081900390206101808701356110916101c089016101a08a016128d3565b6110a36101e08a016101c08b016128d3565b6110b56102008b016101e08c016128d3565b6110c76102208c016102008d016128d3565b6110d96102408d016102208e01612971565b6110eb6102608e016102408f01612971565b8d6102600160208101906110ff91906128d3565b60408051602081019c909c528b019990995260608a019790975260808901959095526001600160401b0393841660a089015291831660c0880152821660e0870152811661010086015260ff918216610120860152911661014084015216610160820152610180016040516020818303038152906040529050818160405160200161118a9291906129be565b6040516020818303038152906040528051906020012092505050919050565b5f7f28818906cc5edfe11e83e420d4d66d6b20f06d927651d8fdb0c6625ea02d0de282604051602001610d4d9291906129d2565b60606112097f00000000000000000000000000000000000000000000000000000000000000005f611a30565b905090565b60606112097f00000000000000000000000000000000000000000000000000000000000000006001611a30565b5f306001600160a01b037f00000000000000000000000000000000000000000000000000000000000000001614801561129357507f000000000000000000000000000000000000000000000000000000000000000046145b156112bd57507f000000000000000000000000000000000000000000000000000000000000000090565b611209604080517f8b73c3c69bb8fe3d512ecc4cf759cc79239f7b179b0ffacaa9a75d522b39400f60208201527f0000000000000000000000000000000000000000000000000000000000000000918101919091527f000000000000000000000000000000000000000000000000000000000000000060608201524660808201523060a08201525f9060c00160405160208183030381529060405280519060200120905090565b5f81805c1561137557505f92915050565b611380816001611ada565b50600192915050565b5f5f5f535060015260215f2090565b5f846001600160401b0316866001600160401b0316106113b957505f6107d0565b6001600160401b0386165f6113cf6001886129e7565b6001600160401b03169050885f5b8681101561149257825f036113f8575f9450505050506107d0565b836001166001148061140957508284145b1561145d576114308888838181106114235761142361287d565b9050602002013583611ae1565b91505b6001841615801561144357508315155b1561145857600193841c939290921c91611433565b611482565b61147f828989848181106114735761147361287d565b90506020020135611ae1565b91505b600193841c9392831c92016113dd565b50811580156114a057508481145b9a9950505050505050505050565b604051630533a06960e31b8152600481018490525f907f00000000000000000000000000000000000000000000000000000000000000006001600160a01b03169063299d03489060240160c060405180830381865afa158015611513573d5f5f3e3d5ffd5b505050506040513d601f19601f820116820180604052508101906115379190612411565b80519091506001600160a01b0316611565576001604051632f56b7fb60e21b815260040161039f91906124ca565b60a081015185351461158d576002604051632f56b7fb60e21b815260040161039f91906124ca565b60408101516001600160401b0316156115bc576005604051632f56b7fb60e21b815260040161039f91906124ca565b80606001516001600160401b03164210806115e3575080608001516001600160401b031642115b15611604576006604051632f56b7fb60e21b815260040161039f91906124ca565b805161161a90611613876102aa565b85856119e0565b61163a576007604051632f56b7fb60e21b815260040161039f91906124ca565b5050505050565b5f846001600160401b0316876001600160401b0316111561166357505f6107d0565b846001600160401b0316876001600160401b031603611690578115801561168957508386145b90506107d0565b866001600160401b03165f036116a8575080156107d0565b5f6116b46001896129e7565b6001600160401b031690505f6116cb6001886129e7565b6001600160401b031690505b816001166001036116ee57600191821c911c6116d7565b5f82156116fc5760016116fe565b5f5b60ff16905080851015611716575f93505050506107d0565b5f831561173b5786865f81811061172f5761172f61287d565b9050602002013561173d565b895b9050805b868310156117f457835f0361175d575f955050505050506107d0565b5f8888858181106117705761177061287d565b905060200201359050856001166001148061178a57508486145b156117d2576117998184611ae1565b92506117a58183611ae1565b91505b600186161580156117b857508515155b156117cd57600195861c959490941c936117a8565b6117df565b6117dc8282611ae1565b91505b50600194851c9493841c939290920191611741565b8315801561180157508a82145b801561180c57508881145b9c9b505050505050505050505050565b8260200135866020013514158061183b57508260400135866040013514155b156118595760405163f6956d9960e01b815260040160405180910390fd5b5f61186387610490565b90505f61186f85610490565b90508082036118915760405163f6956d9960e01b815260040160405180910390fd5b61189d88838989611afe565b6118a985828686611afe565b604051634573c3c560e11b8152883560048201527f00000000000000000000000000000000000000000000000000000000000000006001600160a01b031690638ae7878a906024015f604051808303815f87803b158015611908575f5ffd5b505af115801561191a573d5f5f3e3d5ffd5b5050604051634573c3c560e11b8152873560048201527f00000000000000000000000000000000000000000000000000000000000000006001600160a01b03169250638ae7878a91506024015f604051808303815f87803b15801561197d575f5ffd5b505af115801561198f573d5f5f3e3d5ffd5b5050604080518581526020818101869052828d013594508c013592507f810cbc8093cf539e7f4c4f35a917ea953b8be383ce5ef1b290e72810457527fd910160405180910390a35050505050505050565b5f5f5f6119ee868686611bee565b5090925090505f816003811115611a0757611a076124b6565b148015611a255750866001600160a01b0316826001600160a01b0316145b979650505050505050565b606060ff8314611a4a57611a4383611c35565b90506102bc565b818054611a5690612a06565b80601f0160208091040260200160405190810160405280929190818152602001828054611a8290612a06565b8015611acd5780601f10611aa457610100808354040283529160200191611acd565b820191905f5260205f20905b815481529060010190602001808311611ab057829003601f168201915b5050505050905092915050565b80825d5050565b5f6040516001815360018101939093525060218201526041902090565b604051630533a06960e31b8152843560048201525f907f00000000000000000000000000000000000000000000000000000000000000006001600160a01b03169063299d03489060240160c060405180830381865afa158015611b63573d5f5f3e3d5ffd5b505050506040513d601f19601f82011682018060405250810190611b879190612411565b80519091506001600160a01b0316611bb5576001604051632f56b7fb60e21b815260040161039f91906124ca565b8060a00151856020013514611be0576002604051632f56b7fb60e21b815260040161039f91906124ca565b805161161a908585856119e0565b5f80806041849003611c22578435602086013560408701355f1a611c1489828585611c72565b955095509550505050611c2c565b505f915060029050825b93509350939050565b60605f611c4183611d3a565b6040805160208082528183019092529192505f91906020820181803683375050509182525060208101929092525090565b5f80807f7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0841115611cab57505f91506003905082611d30565b604080515f808252602082018084528a905260ff891692820192909252606081018790526080810186905260019060a0016020604051602081039080840390855afa158015611cfc573d5f5f3e3d5ffd5b5050604051601f1901519150506001600160a01b038116611d2757505f925060019150829050611d30565b92505f91508190505b9450945094915050565b5f60ff8216601f8111156102bc57604051632cd44ac360e21b815260040160405180910390fd5b5f60a08284031215611d71575f5ffd5b50919050565b5f60208284031215611d87575f5ffd5b81356001600160401b03811115611d9c575f5ffd5b611da884828501611d61565b949350505050565b5f60208284031215611dc0575f5ffd5b5035919050565b5f6101608284031215611d71575f5ffd5b5f6102808284031215611d71575f5ffd5b5f60408284031215611d71575f5ffd5b5f5f83601f840112611e09575f5ffd5b5081356001600160401b03811115611e1f575f5ffd5b602083019150836020828501011115611e36575f5ffd5b9250929050565b5f5f5f5f5f5f5f5f5f6102208a8c031215611e56575f5ffd5b611e608b8b611dc7565b98506101608a01356001600160401b03811115611e7b575f5ffd5b611e878c828d01611dd8565b985050611e988b6101808c01611de9565b96506101c08a01356001600160401b03811115611eb3575f5ffd5b611ebf8c828d01611df9565b9097509550506101e08a01356001600160401b03811115611ede575f5ffd5b611eea8c828d01611df9565b9095509350506102008a01356001600160401b03811115611f09575f5ffd5b611f158c828d01611df9565b915080935050809150509295985092959850929598565b5f6101608284031215611f3d575f5ffd5b610f088383611dc7565b6001600160401b0381168114611f5b575f5ffd5b50565b8035611f6981611f47565b919050565b5f5f60408385031215611f7f575f5ffd5b823591506020830135611f9181611f47565b809150509250929050565b5f81518084528060208401602086015e5f602082860101526020601f19601f83011685010191505092915050565b60ff60f81b8816815260e060208201525f611fe860e0830189611f9c565b8281036040840152611ffa8189611f9c565b606084018890526001600160a01b038716608085015260a0840186905283810360c0850152845180825260208087019350909101905f5b8181101561204f578351835260209384019390920191600101612031565b50909b9a5050505050505050505050565b5f5f83601f840112612070575f5ffd5b5081356001600160401b03811115612086575f5ffd5b6020830191508360208260051b8501011115611e36575f5ffd5b5f5f5f5f604085870312156120b3575f5ffd5b84356001600160401b038111156120c8575f5ffd5b8501601f810187136120d8575f5ffd5b80356001600160401b038111156120ed575f5ffd5b87602061016083028401011115612102575f5ffd5b6020918201955093508501356001600160401b03811115612121575f5ffd5b61212d87828801612060565b95989497509550505050565b5f60208284031215612149575f5ffd5b81356001600160401b0381111561215e575f5ffd5b611da884828501611dd8565b5f5f5f5f5f5f60a0878903121561217f575f5ffd5b86359550602087013561219181611f47565b94506040870135935060608701356121a881611f47565b925060808701356001600160401b038111156121c2575f5ffd5b6121ce89828a01612060565b979a9699509497509295939492505050565b5f5f5f5f5f5f608087890312156121f5575f5ffd5b86356001600160401b0381111561220a575f5ffd5b61221689828a01611d61565b9650506020870135945060408701356001600160401b03811115612238575f5ffd5b61224489828a01611df9565b90955093505060608701356001600160401b038111156121c2575f5ffd5b5f5f5f5f5f5f6103008789031215612278575f5ffd5b6122828888611dc7565b95506101608701356001600160401b0381111561229d575f5ffd5b6122a989828a01611df9565b90965094506122be9050886101808901611dc7565b92506102e08701356001600160401b038111156122d9575f5ffd5b6121ce89828a01611df9565b5f5f5f5f5f5f5f5f610340898b0312156122fd575f5ffd5b6123078a8a611dc7565b97506101608901356001600160401b03811115612322575f5ffd5b61232e8b828c01611dd8565b9750506101808901356001600160401b0381111561234a575f5ffd5b6123568b828c01611df9565b909750955061236b90508a6101a08b01611dc7565b93506103008901356001600160401b03811115612386575f5ffd5b6123928b828c01611dd8565b9350506103208901356001600160401b038111156123ae575f5ffd5b6123ba8b828c01611df9565b999c989b5096995094979396929594505050565b6001600160a01b0381168114611f5b575f5ffd5b8051611f69816123ce565b60ff81168114611f5b575f5ffd5b8051611f69816123ed565b8051611f6981611f47565b5f60c0828403128015612422575f5ffd5b5060405160c081016001600160401b038111828210171561245157634e487b7160e01b5f52604160045260245ffd5b60405261245d836123e2565b815261246b602084016123fb565b602082015261247c60408401612406565b604082015261248d60608401612406565b606082015261249e60808401612406565b608082015260a0928301519281019290925250919050565b634e487b7160e01b5f52602160045260245ffd5b60208101600983106124ea57634e487b7160e01b5f52602160045260245ffd5b91905290565b803563ffffffff81168114611f69575f5ffd5b8035611f69816123ed565b803582526020808201359083015260408082013590830152612532606082016124f0565b63ffffffff1660608301526080818101359083015260a0808201359083015260c0808201359083015261256760e08201612503565b60ff1660e083015261257c6101008201612503565b60ff166101008301526125926101208201611f5e565b6001600160401b03166101208301526125ae6101408201611f5e565b6001600160401b038116610140840152505050565b8035611f69816123ce565b5f5f8335601e198436030181126125e3575f5ffd5b83016020810192503590506001600160401b03811115612601575f5ffd5b803603821315611e36575f5ffd5b81835281816020850137505f828201602090810191909152601f909101601f19169091010190565b612641818961250e565b61020061016082018190528735908201525f61265f602089016125c3565b6001600160a01b031661022083015261267b60408901896125ce565b6102806102408501526126936104808501828461260f565b60608b013561026086015291506126ae905060808a016125c3565b6001600160a01b03166102808401526126c960a08a016125c3565b6001600160a01b03166102a084015260c08901356102c084015260e08901356102e08401526101008901356103008401526127086101208a018a6125ce565b8483036101ff190161032086015261272183828461260f565b925050506127336101408a018a6125ce565b8483036101ff190161034086015261274c83828461260f565b9250505061275e6101608a018a6125ce565b8483036101ff190161036086015261277783828461260f565b6101808c013561038087015292506127959150506101a08a01611f5e565b6001600160401b03166103a08401526127b16101c08a01611f5e565b6001600160401b03166103c08401526127cd6101e08a01611f5e565b6001600160401b03166103e08401526127e96102008a01611f5e565b6001600160401b03166104008401526128056102208a01612503565b60ff1661042084015261281b6102408a01612503565b60ff166104408401526128316102608a01611f5e565b6001600160401b0316610460840152873561018084015260208801356101a08401528281036101c084015261286781878961260f565b90508281036101e08401526114a081858761260f565b634e487b7160e01b5f52603260045260245ffd5b5f5f8335601e198436030181126128a6575f5ffd5b8301803591506001600160401b038211156128bf575f5ffd5b602001915036819003821315611e36575f5ffd5b5f602082840312156128e3575f5ffd5b8135610f0881611f47565b634e487b7160e01b5f52601160045260245ffd5b6001600160401b0381811683821601908111156102bc576102bc6128ee565b6001600160401b0385168152836020820152606060408201525f6107d060608301848661260f565b5f60208284031215612959575f5ffd5b610f08826124f0565b818382375f9101908152919050565b5f60208284031215612981575f5ffd5b8135610f08816123ed565b5f6020828403121561299c575f5ffd5b8135610f08816123ce565b5f81518060208401855e5f93019283525090919050565b5f611da86129cc83866129a7565b846129a7565b8281526101808101610f08602083018461250e565b6001600160401b0382811682821603908111156102bc576102bc6128ee565b600181811c90821680612a1a57607f821691505b602082108103611d7157634e487b7160e01b5f52602260045260245ffd6101a0604052348015610010575f5ffd5b50604051611c80380380611c8083398101604081905261002f916101b9565b604080518082018252601a81527f4f70656e4772616469656e74204e6f6465205265676973747279000000000000602080830191909152825180840190935260018352603160f81b9083015290610086825f610141565b61012052610095816001610141565b61014052815160208084019190912060e052815190820120610100524660a05261012160e05161010051604080517f8b73c3c69bb8fe3d512ecc4cf759cc79239f7b179b0ffacaa9a75d522b39400f60208201529081019290925260608201524660808201523060a08201525f9060c00160405160208183030381529060405280519060200120905090565b60805250503060c0526001600160a01b0316610160523361018052610390565b5f60208351101561015c5761015583610173565b905061016d565b81610167848261027e565b5060ff90505b92915050565b5f5f829050601f815111156101a6578260405163305a27a960e01b815260040161019d9190610338565b60405180910390fd5b80516101b18261036d565b179392505050565b5f602082840312156101c9575f5ffd5b81516001600160a01b03811681146101df575f5ffd5b9392505050565b634e487b7160e01b5f52604160045260245ffd5b600181811c9082168061020e57607f821691505b60208210810361022c57634e487b7160e01b5f52602260045260245ffd5b50919050565b601f82111561027957805f5260205f20601f840160051c810160208510156102575750805b601f840160051c820191505b81811015610276575f8155600101610263565b50505b505050565b81516001600160401b03811115610297576102976101e6565b6102ab816102a584546101fa565b84610232565b6020601f8211600181146102dd575f83156102c65750848201515b5f19600385901b1c1916600184901b178455610276565b5f84815260208120601f198516915b8281101561030c57878501518255602094850194600190920191016102ec565b508482101561032957868401515f19600387901b60f8161c191681555b50505050600190811b01905550565b602081525f82518060208401528060208501604085015e5f604082850101526040601f19601f83011684010191505092915050565b8051602080830151919081101561022c575f1960209190910360031b1b16919050565b60805160a05160c05160e051610100516101205161014051610160516101805161187661040a5f395f818161023f01526105c301525f81816101e0015281816106f6015261083301525f610be501525f610bb401525f6110e601525f6110be01525f61101901525f61104301525f61106d01526118765ff3fe608060405234801561000f575f5ffd5b50600436106100a6575f3560e01c80637c97e6ec1161006e5780637c97e6ec1461027257806384b0196e146102925780638ae7878a146102ad57806397f735d5146102c2578063b75c7dc6146102f4578063e4e045e014610307575f5ffd5b8063299d0348146100aa5780632b20e397146101db5780633d3462b21461021a5780633e6097181461023a5780636da49b8314610261575b5f5ffd5b6101616100b83660046112fc565b6040805160c0810182525f80825260208201819052918101829052606081018290526080810182905260a0810191909152505f90815260026020818152604092839020835160c08101855281546001600160a01b038116825260ff600160a01b820416938201939093526001600160401b03600160a81b90930483169481019490945260018101548083166060860152600160401b90049091166080840152015460a082015290565b6040516101d291905f60c08201905060018060a01b03835116825260ff60208401511660208301526001600160401b0360408401511660408301526001600160401b0360608401511660608301526001600160401b03608084015116608083015260a083015160a083015292915050565b60405180910390f35b6102027f000000000000000000000000000000000000000000000000000000000000000081565b6040516001600160a01b0390911681526020016101d2565b61022d610228366004611313565b61031a565b6040516101d29190611333565b6102027f000000000000000000000000000000000000000000000000000000000000000081565b6005546040519081526020016101d2565b6102856102803660046112fc565b6103e8565b6040516101d291906113a3565b61029a610576565b6040516101d29796959493929190611470565b6102c06102bb3660046112fc565b6105b8565b005b6102e46102d0366004611506565b60046020525f908152604090205460ff1681565b60405190151581526020016101d2565b6102c06103023660046112fc565b6106b3565b6102c061031536600461152c565b61076f565b6005546060905f818510156103385761033385836115da565b61033a565b5f5b9050838111156103475750825b806001600160401b0381111561035f5761035f6115ed565b604051908082528060200260200182016040528015610388578160200160208202803683370190505b5092505f5b818110156103df5760056103a18288611601565b815481106103b1576103b1611614565b905f5260205f2001548482815181106103cc576103cc611614565b602090810291909101015260010161038d565b50505092915050565b60408051610140810182525f8082526020820181905291810182905260608082018390526080820183905260a082015260c0810182905260e0810182905261010081018290526101208101919091525f828152600260208181526040808420600383529381902081516101408101835285850154815285546001600160a01b03811694820194909452600160a01b90930460ff16918301919091526001810154606083015291820154608082015260048201805460a0830191906104ab90611628565b80601f01602080910402602001604051908101604052809291908181526020018280546104d790611628565b80156105225780601f106104f957610100808354040283529160200191610522565b820191905f5260205f20905b81548152906001019060200180831161050557829003601f168201915b505050918352505060018401546001600160401b038082166020840152600160401b90910481166040830152600390930154831660608201529254600160a81b900490911660809092019190915292915050565b5f6060805f5f5f6060610587610bad565b61058f610bde565b604080515f80825260208201909252600f60f81b9b939a50919850469750309650945092509050565b336001600160a01b037f000000000000000000000000000000000000000000000000000000000000000016146106015760405163ea8e4eb560e01b815260040160405180910390fd5b5f818152600260205260409020546001600160a01b03168061063e5760405163706d8e7760e01b8152600481018390526024015b60405180910390fd5b6001600160a01b0381165f9081526004602052604090205460ff166106a6576001600160a01b0381165f81815260046020526040808220805460ff19166001179055517f11afce7d18fd805822fa35232911a210cb85259fc528395ab8cffb265c8860e89190a25b6106af82610c0b565b5050565b5f818152600260205260409020546001600160a01b0316806106eb5760405163706d8e7760e01b815260048101839052602401610635565b336001600160a01b037f0000000000000000000000000000000000000000000000000000000000000000161480159061072d5750336001600160a01b03821614155b801561075157506001600160a01b0381165f9081526004602052604090205460ff16155b156106a65760405163ea8e4eb560e01b815260040160405180910390fd5b61077883610c8b565b5f61078284610da7565b84355f908152600360205260409020549091508181036107a3575050505050565b80156107c557604051630cfbc25360e01b815285356004820152602401610635565b60045f6107d86060880160408901611506565b6001600160a01b0316815260208101919091526040015f205460ff161561082e576108096060860160408701611506565b604051631dffdd5b60e21b81526001600160a01b039091166004820152602401610635565b6108967f000000000000000000000000000000000000000000000000000000000000000061085b84610ebe565b86868080601f0160208091040260200160405190810160405280939291908181526020018383808284375f92019190915250610ef092505050565b6108b3576040516363e6ab6560e11b815260040160405180910390fd5b6040518060c001604052808660400160208101906108d19190611506565b6001600160a01b031681526020016108ef6080880160608901611660565b60ff1681525f602082015260400161090e610100880160e08901611680565b6001600160401b0316815260200161092e61012088016101008901611680565b6001600160401b0390811682526020888101359281019290925287355f90815260028084526040918290208551815487870151888601518716600160a81b0267ffffffffffffffff60a81b1960ff909216600160a01b026001600160a81b03199093166001600160a01b039094169390931791909117161781556060808701516001830180546080808b01518916600160401b026fffffffffffffffffffffffffffffffff199092169389169390931717905560a097880151929093019190915582518087018452888152828c013595810195909552948a0135918401919091524290911692820192909252908101610a2a60c08801886116a6565b8080601f0160208091040260200160405190810160405280939291908181526020018383808284375f9201829052509390945250508735815260036020818152604092839020855181559085015160018201559184015160028301556060840151908201805467ffffffffffffffff19166001600160401b0390921691909117905560808301519091506004820190610ac3908261173b565b5050600580546001810182555f9190915286357f036b6384b5eca791c62761152d0c79bb0604c104a5fb6f4eb0703f3154bb3db09091015550610b0c6060860160408701611506565b6001600160a01b0316602086013586357f3d4ad3485634fe49ff24e28dd0543ab4e6ddc55097bd672a680699f74b44b656610b4d60808a0160608b01611660565b60808a013560a08b0135610b6460c08d018d6116a6565b8d60e0016020810190610b779190611680565b8e610100016020810190610b8b9190611680565b604051610b9e97969594939291906117f5565b60405180910390a45050505050565b6060610bd97f00000000000000000000000000000000000000000000000000000000000000005f610f63565b905090565b6060610bd97f00000000000000000000000000000000000000000000000000000000000000006001610f63565b5f81815260026020526040902054600160a81b90046001600160401b031615610c315750565b5f81815260026020526040808220805467ffffffffffffffff60a81b1916600160a81b426001600160401b0316021790555182917f49b2c54fa3b9c6ef8802adcfad884e28ede9faea2d2ca3de37fdd71e0d5bf2e491a250565b5f813515801590610c9f5750602082013515155b8015610cc357505f610cb76060840160408501611506565b6001600160a01b031614155b90505f6001610cd86080850160608601611660565b60ff16141580610cf95750608083013515801590610cf9575060a083013515155b90505f6001610d0e6080860160608701611660565b60ff1611158015610d515750610d2c61012085016101008601611680565b6001600160401b0316610d46610100860160e08701611680565b6001600160401b0316105b8015610d6d5750610200610d6860c08601866116a6565b905011155b9050821580610d7a575081155b80610d83575080155b15610da15760405163090bd44d60e31b815260040160405180910390fd5b50505050565b5f7fcefbaf2b90687aea449afa76ad1107576d35b89cc86ac3ba8facb2ace8abd7cb82356020840135610de06060860160408701611506565b610df06080870160608801611660565b608087013560a0880135610e0760c08a018a6116a6565b604051610e15929190611853565b604051908190039020610e2f6101008b0160e08c01611680565b610e416101208c016101008d01611680565b60408051602081019b909b528a019890985260608901969096526001600160a01b03909416608088015260ff90921660a087015260c086015260e08501526101008401526001600160401b039081166101208401521661014082015261016001604051602081830303815290604052805190602001209050919050565b5f610eea610eca61100d565b8360405161190160f01b8152600281019290925260228201526042902090565b92915050565b5f836001600160a01b03163b5f03610f4e575f5f610f0e8585611136565b5090925090505f816003811115610f2757610f27611862565b148015610f455750856001600160a01b0316826001600160a01b0316145b92505050610f5c565b610f5984848461117f565b90505b9392505050565b606060ff8314610f7d57610f76836111d0565b9050610eea565b818054610f8990611628565b80601f0160208091040260200160405190810160405280929190818152602001828054610fb590611628565b80156110005780601f10610fd757610100808354040283529160200191611000565b820191905f5260205f20905b815481529060010190602001808311610fe357829003601f168201915b5050505050905092915050565b5f306001600160a01b037f00000000000000000000000000000000000000000000000000000000000000001614801561106557507f000000000000000000000000000000000000000000000000000000000000000046145b1561108f57507f000000000000000000000000000000000000000000000000000000000000000090565b610bd9604080517f8b73c3c69bb8fe3d512ecc4cf759cc79239f7b179b0ffacaa9a75d522b39400f60208201527f0000000000000000000000000000000000000000000000000000000000000000918101919091527f000000000000000000000000000000000000000000000000000000000000000060608201524660808201523060a08201525f9060c00160405160208183030381529060405280519060200120905090565b5f5f5f835160410361116d576020840151604085015160608601515f1a61115f8882858561120d565b955095509550505050611178565b505081515f91506002905b9250925092565b805160408051630b135d3f60e11b8082526004820186905260248201929092525f92906020820185604483015e60205f60648401838a5afa9050825f5114601f3d1116811693505050509392505050565b60605f6111dc836112d5565b6040805160208082528183019092529192505f91906020820181803683375050509182525060208101929092525090565b5f80807f7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a084111561124657505f915060039050826112cb565b604080515f808252602082018084528a905260ff891692820192909252606081018790526080810186905260019060a0016020604051602081039080840390855afa158015611297573d5f5f3e3d5ffd5b5050604051601f1901519150506001600160a01b0381166112c257505f9250600191508290506112cb565b92505f91508190505b9450945094915050565b5f60ff8216601f811115610eea57604051632cd44ac360e21b815260040160405180910390fd5b5f6020828403121561130c575f5ffd5b5035919050565b5f5f60408385031215611324575f5ffd5b50508035926020909101359150565b602080825282518282018190525f918401906040840190835b8181101561136a57835183526020938401939092019160010161134c565b509095945050505050565b5f81518084528060208401602086015e5f602082860101526020601f19601f83011685010191505092915050565b60208152815160208201525f60208301516113c960408401826001600160a01b03169052565b50604083015160ff811660608401525060608301516080830152608083015160a083015260a083015161014060c0840152611408610160840182611375565b905060c084015161142460e08501826001600160401b03169052565b5060e08401516001600160401b038116610100850152506101008401516001600160401b038116610120850152506101208401516001600160401b038116610140850152509392505050565b60ff60f81b8816815260e060208201525f61148e60e0830189611375565b82810360408401526114a08189611375565b606084018890526001600160a01b038716608085015260a0840186905283810360c0850152845180825260208087019350909101905f5b818110156114f55783518352602093840193909201916001016114d7565b50909b9a5050505050505050505050565b5f60208284031215611516575f5ffd5b81356001600160a01b0381168114610f5c575f5ffd5b5f5f5f6040848603121561153e575f5ffd5b83356001600160401b03811115611553575f5ffd5b84016101208187031215611565575f5ffd5b925060208401356001600160401b0381111561157f575f5ffd5b8401601f8101861361158f575f5ffd5b80356001600160401b038111156115a4575f5ffd5b8660208284010111156115b5575f5ffd5b939660209190910195509293505050565b634e487b7160e01b5f52601160045260245ffd5b81810381811115610eea57610eea6115c6565b634e487b7160e01b5f52604160045260245ffd5b80820180821115610eea57610eea6115c6565b634e487b7160e01b5f52603260045260245ffd5b600181811c9082168061163c57607f821691505b60208210810361165a57634e487b7160e01b5f52602260045260245ffd5b50919050565b5f60208284031215611670575f5ffd5b813560ff81168114610f5c575f5ffd5b5f60208284031215611690575f5ffd5b81356001600160401b0381168114610f5c575f5ffd5b5f5f8335601e198436030181126116bb575f5ffd5b8301803591506001600160401b038211156116d4575f5ffd5b6020019150368190038213156116e8575f5ffd5b9250929050565b601f82111561173657805f5260205f20601f840160051c810160208510156117145750805b601f840160051c820191505b81811015611733575f8155600101611720565b50505b505050565b81516001600160401b03811115611754576117546115ed565b611768816117628454611628565b846116ef565b6020601f82116001811461179a575f83156117835750848201515b5f19600385901b1c1916600184901b178455611733565b5f84815260208120601f198516915b828110156117c957878501518255602094850194600190920191016117a9565b50848210156117e657868401515f19600387901b60f8161c191681555b50505050600190811b01905550565b60ff8816815286602082015285604082015260c060608201528360c0820152838560e08301375f60e08583018101919091526001600160401b0393841660808301529190921660a0830152601f909201601f19160101949350505050565b818382375f9101908152919050565b634e487b7160e01b5f52602160045260245ffd'
