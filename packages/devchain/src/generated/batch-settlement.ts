// Written by scripts/compile-contracts.mjs from contracts/ with solc 0.8.30+commit.73712a01.Emscripten.clang. Do not edit.

/** ABI of BatchSettlement. */
export const batchSettlementAbi = [
  {
    "inputs": [
      {
        "name": "target",
        "type": "address"
      }
    ],
    "name": "AddressEmptyCode",
    "type": "error"
  },
  {
    "inputs": [],
    "name": "ClaimExceedsBalance",
    "type": "error"
  },
  {
    "inputs": [],
    "name": "ClaimExceedsCeiling",
    "type": "error"
  },
  {
    "inputs": [],
    "name": "DepositCollectionFailed",
    "type": "error"
  },
  {
    "inputs": [],
    "name": "DepositOverflow",
    "type": "error"
  },
  {
    "inputs": [],
    "name": "EmptyBatch",
    "type": "error"
  },
  {
    "inputs": [],
    "name": "FailedCall",
    "type": "error"
  },
  {
    "inputs": [],
    "name": "InvalidChannel",
    "type": "error"
  },
  {
    "inputs": [],
    "name": "InvalidCollector",
    "type": "error"
  },
  {
    "inputs": [],
    "name": "InvalidRefundNonce",
    "type": "error"
  },
  {
    "inputs": [],
    "name": "InvalidSignature",
    "type": "error"
  },
  {
    "inputs": [],
    "name": "NotAuthorizedToClaim",
    "type": "error"
  },
  {
    "inputs": [],
    "name": "NotAuthorizedToFinalizeWithdraw",
    "type": "error"
  },
  {
    "inputs": [],
    "name": "NotAuthorizedToRefund",
    "type": "error"
  },
  {
    "inputs": [],
    "name": "NotReceiverAuthorizer",
    "type": "error"
  },
  {
    "inputs": [],
    "name": "NothingToWithdraw",
    "type": "error"
  },
  {
    "inputs": [],
    "name": "ReentrancyGuardReentrantCall",
    "type": "error"
  },
  {
    "inputs": [
      {
        "name": "token",
        "type": "address"
      }
    ],
    "name": "SafeERC20FailedOperation",
    "type": "error"
  },
  {
    "inputs": [],
    "name": "WithdrawAmountExceedsAvailable",
    "type": "error"
  },
  {
    "inputs": [],
    "name": "WithdrawDelayNotElapsed",
    "type": "error"
  },
  {
    "inputs": [],
    "name": "WithdrawDelayOutOfRange",
    "type": "error"
  },
  {
    "inputs": [],
    "name": "WithdrawalAlreadyPending",
    "type": "error"
  },
  {
    "inputs": [],
    "name": "WithdrawalNotPending",
    "type": "error"
  },
  {
    "inputs": [],
    "name": "ZeroDeposit",
    "type": "error"
  },
  {
    "inputs": [],
    "name": "ZeroRefund",
    "type": "error"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": true,
        "name": "channelId",
        "type": "bytes32"
      },
      {
        "components": [
          {
            "name": "payer",
            "type": "address"
          },
          {
            "name": "payerAuthorizer",
            "type": "address"
          },
          {
            "name": "receiver",
            "type": "address"
          },
          {
            "name": "receiverAuthorizer",
            "type": "address"
          },
          {
            "name": "token",
            "type": "address"
          },
          {
            "name": "withdrawDelay",
            "type": "uint40"
          },
          {
            "name": "salt",
            "type": "bytes32"
          }
        ],
        "indexed": false,
        "name": "config",
        "type": "tuple"
      }
    ],
    "name": "ChannelClosed",
    "type": "event"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": true,
        "name": "channelId",
        "type": "bytes32"
      },
      {
        "components": [
          {
            "name": "payer",
            "type": "address"
          },
          {
            "name": "payerAuthorizer",
            "type": "address"
          },
          {
            "name": "receiver",
            "type": "address"
          },
          {
            "name": "receiverAuthorizer",
            "type": "address"
          },
          {
            "name": "token",
            "type": "address"
          },
          {
            "name": "withdrawDelay",
            "type": "uint40"
          },
          {
            "name": "salt",
            "type": "bytes32"
          }
        ],
        "indexed": false,
        "name": "config",
        "type": "tuple"
      }
    ],
    "name": "ChannelCreated",
    "type": "event"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": true,
        "name": "channelId",
        "type": "bytes32"
      },
      {
        "indexed": true,
        "name": "sender",
        "type": "address"
      },
      {
        "indexed": false,
        "name": "claimAmount",
        "type": "uint128"
      },
      {
        "indexed": false,
        "name": "newTotalClaimed",
        "type": "uint128"
      }
    ],
    "name": "Claimed",
    "type": "event"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": true,
        "name": "channelId",
        "type": "bytes32"
      },
      {
        "indexed": true,
        "name": "sender",
        "type": "address"
      },
      {
        "indexed": false,
        "name": "amount",
        "type": "uint128"
      },
      {
        "indexed": false,
        "name": "newBalance",
        "type": "uint128"
      }
    ],
    "name": "Deposited",
    "type": "event"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": true,
        "name": "channelId",
        "type": "bytes32"
      },
      {
        "indexed": true,
        "name": "sender",
        "type": "address"
      },
      {
        "indexed": false,
        "name": "amount",
        "type": "uint128"
      }
    ],
    "name": "Refunded",
    "type": "event"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": true,
        "name": "receiver",
        "type": "address"
      },
      {
        "indexed": true,
        "name": "token",
        "type": "address"
      },
      {
        "indexed": true,
        "name": "sender",
        "type": "address"
      },
      {
        "indexed": false,
        "name": "amount",
        "type": "uint128"
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
        "name": "channelId",
        "type": "bytes32"
      },
      {
        "indexed": true,
        "name": "sender",
        "type": "address"
      },
      {
        "indexed": false,
        "name": "amount",
        "type": "uint128"
      }
    ],
    "name": "WithdrawFinalized",
    "type": "event"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": true,
        "name": "channelId",
        "type": "bytes32"
      },
      {
        "indexed": false,
        "name": "amount",
        "type": "uint128"
      },
      {
        "indexed": false,
        "name": "finalizeAfter",
        "type": "uint40"
      }
    ],
    "name": "WithdrawInitiated",
    "type": "event"
  },
  {
    "inputs": [],
    "name": "CHANNEL_CONFIG_TYPEHASH",
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
    "inputs": [],
    "name": "CLAIM_BATCH_TYPEHASH",
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
    "inputs": [],
    "name": "CLAIM_ENTRY_TYPEHASH",
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
    "inputs": [],
    "name": "MAX_WITHDRAW_DELAY",
    "outputs": [
      {
        "name": "",
        "type": "uint40"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [],
    "name": "MIN_WITHDRAW_DELAY",
    "outputs": [
      {
        "name": "",
        "type": "uint40"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [],
    "name": "REFUND_TYPEHASH",
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
    "inputs": [],
    "name": "VOUCHER_TYPEHASH",
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
        "name": "channelId",
        "type": "bytes32"
      }
    ],
    "name": "channels",
    "outputs": [
      {
        "name": "balance",
        "type": "uint128"
      },
      {
        "name": "totalClaimed",
        "type": "uint128"
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
            "components": [
              {
                "components": [
                  {
                    "name": "payer",
                    "type": "address"
                  },
                  {
                    "name": "payerAuthorizer",
                    "type": "address"
                  },
                  {
                    "name": "receiver",
                    "type": "address"
                  },
                  {
                    "name": "receiverAuthorizer",
                    "type": "address"
                  },
                  {
                    "name": "token",
                    "type": "address"
                  },
                  {
                    "name": "withdrawDelay",
                    "type": "uint40"
                  },
                  {
                    "name": "salt",
                    "type": "bytes32"
                  }
                ],
                "name": "channel",
                "type": "tuple"
              },
              {
                "name": "maxClaimableAmount",
                "type": "uint128"
              }
            ],
            "name": "voucher",
            "type": "tuple"
          },
          {
            "name": "signature",
            "type": "bytes"
          },
          {
            "name": "totalClaimed",
            "type": "uint128"
          }
        ],
        "name": "voucherClaims",
        "type": "tuple[]"
      }
    ],
    "name": "claim",
    "outputs": [],
    "stateMutability": "nonpayable",
    "type": "function"
  },
  {
    "inputs": [
      {
        "components": [
          {
            "components": [
              {
                "components": [
                  {
                    "name": "payer",
                    "type": "address"
                  },
                  {
                    "name": "payerAuthorizer",
                    "type": "address"
                  },
                  {
                    "name": "receiver",
                    "type": "address"
                  },
                  {
                    "name": "receiverAuthorizer",
                    "type": "address"
                  },
                  {
                    "name": "token",
                    "type": "address"
                  },
                  {
                    "name": "withdrawDelay",
                    "type": "uint40"
                  },
                  {
                    "name": "salt",
                    "type": "bytes32"
                  }
                ],
                "name": "channel",
                "type": "tuple"
              },
              {
                "name": "maxClaimableAmount",
                "type": "uint128"
              }
            ],
            "name": "voucher",
            "type": "tuple"
          },
          {
            "name": "signature",
            "type": "bytes"
          },
          {
            "name": "totalClaimed",
            "type": "uint128"
          }
        ],
        "name": "voucherClaims",
        "type": "tuple[]"
      },
      {
        "name": "authorizerSignature",
        "type": "bytes"
      }
    ],
    "name": "claimWithSignature",
    "outputs": [],
    "stateMutability": "nonpayable",
    "type": "function"
  },
  {
    "inputs": [
      {
        "components": [
          {
            "name": "payer",
            "type": "address"
          },
          {
            "name": "payerAuthorizer",
            "type": "address"
          },
          {
            "name": "receiver",
            "type": "address"
          },
          {
            "name": "receiverAuthorizer",
            "type": "address"
          },
          {
            "name": "token",
            "type": "address"
          },
          {
            "name": "withdrawDelay",
            "type": "uint40"
          },
          {
            "name": "salt",
            "type": "bytes32"
          }
        ],
        "name": "config",
        "type": "tuple"
      },
      {
        "name": "amount",
        "type": "uint128"
      },
      {
        "name": "collector",
        "type": "address"
      },
      {
        "name": "collectorData",
        "type": "bytes"
      }
    ],
    "name": "deposit",
    "outputs": [],
    "stateMutability": "nonpayable",
    "type": "function"
  },
  {
    "inputs": [],
    "name": "eip712Domain",
    "outputs": [
      {
        "name": "",
        "type": "bytes1"
      },
      {
        "name": "",
        "type": "string"
      },
      {
        "name": "",
        "type": "string"
      },
      {
        "name": "",
        "type": "uint256"
      },
      {
        "name": "",
        "type": "address"
      },
      {
        "name": "",
        "type": "bytes32"
      },
      {
        "name": "",
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
            "name": "payer",
            "type": "address"
          },
          {
            "name": "payerAuthorizer",
            "type": "address"
          },
          {
            "name": "receiver",
            "type": "address"
          },
          {
            "name": "receiverAuthorizer",
            "type": "address"
          },
          {
            "name": "token",
            "type": "address"
          },
          {
            "name": "withdrawDelay",
            "type": "uint40"
          },
          {
            "name": "salt",
            "type": "bytes32"
          }
        ],
        "name": "config",
        "type": "tuple"
      }
    ],
    "name": "finalizeWithdraw",
    "outputs": [],
    "stateMutability": "nonpayable",
    "type": "function"
  },
  {
    "inputs": [
      {
        "components": [
          {
            "name": "payer",
            "type": "address"
          },
          {
            "name": "payerAuthorizer",
            "type": "address"
          },
          {
            "name": "receiver",
            "type": "address"
          },
          {
            "name": "receiverAuthorizer",
            "type": "address"
          },
          {
            "name": "token",
            "type": "address"
          },
          {
            "name": "withdrawDelay",
            "type": "uint40"
          },
          {
            "name": "salt",
            "type": "bytes32"
          }
        ],
        "name": "config",
        "type": "tuple"
      }
    ],
    "name": "getChannelId",
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
            "components": [
              {
                "components": [
                  {
                    "name": "payer",
                    "type": "address"
                  },
                  {
                    "name": "payerAuthorizer",
                    "type": "address"
                  },
                  {
                    "name": "receiver",
                    "type": "address"
                  },
                  {
                    "name": "receiverAuthorizer",
                    "type": "address"
                  },
                  {
                    "name": "token",
                    "type": "address"
                  },
                  {
                    "name": "withdrawDelay",
                    "type": "uint40"
                  },
                  {
                    "name": "salt",
                    "type": "bytes32"
                  }
                ],
                "name": "channel",
                "type": "tuple"
              },
              {
                "name": "maxClaimableAmount",
                "type": "uint128"
              }
            ],
            "name": "voucher",
            "type": "tuple"
          },
          {
            "name": "signature",
            "type": "bytes"
          },
          {
            "name": "totalClaimed",
            "type": "uint128"
          }
        ],
        "name": "voucherClaims",
        "type": "tuple[]"
      }
    ],
    "name": "getClaimBatchDigest",
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
        "name": "channelId",
        "type": "bytes32"
      },
      {
        "name": "nonce",
        "type": "uint256"
      },
      {
        "name": "amount",
        "type": "uint128"
      }
    ],
    "name": "getRefundDigest",
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
        "name": "channelId",
        "type": "bytes32"
      },
      {
        "name": "maxClaimableAmount",
        "type": "uint128"
      }
    ],
    "name": "getVoucherDigest",
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
            "name": "payer",
            "type": "address"
          },
          {
            "name": "payerAuthorizer",
            "type": "address"
          },
          {
            "name": "receiver",
            "type": "address"
          },
          {
            "name": "receiverAuthorizer",
            "type": "address"
          },
          {
            "name": "token",
            "type": "address"
          },
          {
            "name": "withdrawDelay",
            "type": "uint40"
          },
          {
            "name": "salt",
            "type": "bytes32"
          }
        ],
        "name": "config",
        "type": "tuple"
      },
      {
        "name": "amount",
        "type": "uint128"
      }
    ],
    "name": "initiateWithdraw",
    "outputs": [],
    "stateMutability": "nonpayable",
    "type": "function"
  },
  {
    "inputs": [
      {
        "name": "data",
        "type": "bytes[]"
      }
    ],
    "name": "multicall",
    "outputs": [
      {
        "name": "results",
        "type": "bytes[]"
      }
    ],
    "stateMutability": "nonpayable",
    "type": "function"
  },
  {
    "inputs": [
      {
        "name": "channelId",
        "type": "bytes32"
      }
    ],
    "name": "pendingWithdrawals",
    "outputs": [
      {
        "name": "amount",
        "type": "uint128"
      },
      {
        "name": "initiatedAt",
        "type": "uint40"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [
      {
        "name": "receiver",
        "type": "address"
      },
      {
        "name": "token",
        "type": "address"
      }
    ],
    "name": "receivers",
    "outputs": [
      {
        "name": "totalClaimed",
        "type": "uint128"
      },
      {
        "name": "totalSettled",
        "type": "uint128"
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
            "name": "payer",
            "type": "address"
          },
          {
            "name": "payerAuthorizer",
            "type": "address"
          },
          {
            "name": "receiver",
            "type": "address"
          },
          {
            "name": "receiverAuthorizer",
            "type": "address"
          },
          {
            "name": "token",
            "type": "address"
          },
          {
            "name": "withdrawDelay",
            "type": "uint40"
          },
          {
            "name": "salt",
            "type": "bytes32"
          }
        ],
        "name": "config",
        "type": "tuple"
      },
      {
        "name": "amount",
        "type": "uint128"
      }
    ],
    "name": "refund",
    "outputs": [],
    "stateMutability": "nonpayable",
    "type": "function"
  },
  {
    "inputs": [
      {
        "name": "channelId",
        "type": "bytes32"
      }
    ],
    "name": "refundNonce",
    "outputs": [
      {
        "name": "",
        "type": "uint256"
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
            "name": "payer",
            "type": "address"
          },
          {
            "name": "payerAuthorizer",
            "type": "address"
          },
          {
            "name": "receiver",
            "type": "address"
          },
          {
            "name": "receiverAuthorizer",
            "type": "address"
          },
          {
            "name": "token",
            "type": "address"
          },
          {
            "name": "withdrawDelay",
            "type": "uint40"
          },
          {
            "name": "salt",
            "type": "bytes32"
          }
        ],
        "name": "config",
        "type": "tuple"
      },
      {
        "name": "amount",
        "type": "uint128"
      },
      {
        "name": "nonce",
        "type": "uint256"
      },
      {
        "name": "receiverAuthorizerSignature",
        "type": "bytes"
      }
    ],
    "name": "refundWithSignature",
    "outputs": [],
    "stateMutability": "nonpayable",
    "type": "function"
  },
  {
    "inputs": [
      {
        "name": "receiver",
        "type": "address"
      },
      {
        "name": "token",
        "type": "address"
      }
    ],
    "name": "settle",
    "outputs": [],
    "stateMutability": "nonpayable",
    "type": "function"
  }
] as const

/** Runtime code of BatchSettlement. */
export const batchSettlementRuntime: `0x${string}` =
  '0x608060405234801561000f575f5ffd5b506004361061016d575f3560e01c806394739e87116100d9578063ba94ec0d11610093578063e25cf1891161006e578063e25cf18914610446578063e43ce1f214610459578063e88377b11461046c578063f0dc792e1461047f575f5ffd5b8063ba94ec0d146103f9578063cf5cf3dc14610420578063dce4bfae14610433575f5ffd5b806394739e87146103265780639db32a8f1461034d578063ac9650d814610360578063ae15943914610380578063b77433e914610389578063b7f06ebe1461039c575f5ffd5b806353ab0fae1161012a57806353ab0fae146102645780635e5e0b871461028b5780637a7ebd7b1461029e57806384b0196e146102d1578063862bb199146102ec5780638e4a68ac146102ff575f5ffd5b8063140f1e75146101715780631e69ef40146101865780631fc3277d146101c057806321ff6389146101e057806329237b0c1461023e578063488ccc3b14610251575b5f5ffd5b61018461017f3660046121dd565b61049e565b005b6101ad7fbe23ad087435072cd69b49cc5b92de10ee610fce7ae0ab428307972d764bb21681565b6040519081526020015b60405180910390f35b6101ca62278d0081565b60405164ffffffffff90911681526020016101b7565b61021e6101ee366004612252565b600360209081525f92835260408084209091529082529020546001600160801b0380821691600160801b90041682565b604080516001600160801b039384168152929091166020830152016101b7565b61018461024c3660046122c4565b6108ee565b6101ad61025f3660046122c4565b6109fa565b6101ad7f42bd57c010b870c2e96203c66341f28a6a19b4d56a74533a8eb5f706b9fd6d5781565b6101ad610299366004612303565b610cdc565b61021e6102ac36600461231d565b5f602081905290815260409020546001600160801b0380821691600160801b90041682565b6102d9610d13565b6040516101b79796959493929190612362565b6101ad6102fa3660046123f8565b610dc5565b6101ad7f1c9a06ceab9b0ebbd3301dc56c9111bb6d9af421356dc9ccb3b7084c755db30881565b6101ad7f1e1bd6ff84c3e0d9029a292b212e039c0ca97ec497c55191a4a5874294609a6981565b61018461035b366004612252565b610e19565b61037361036e3660046122c4565b610f09565b6040516101b79190612419565b6101ca61038481565b61018461039736600461247c565b610fef565b6103d46103aa36600461231d565b60016020525f90815260409020546001600160801b03811690600160801b900464ffffffffff1682565b604080516001600160801b03909316835264ffffffffff9091166020830152016101b7565b6101ad7f30b9a0367528fca13c3e8ec6134c3113f1887ebe7a1ad61de0955aac288b0cf581565b61018461042e3660046124cd565b6110c0565b6101846104413660046124cd565b611234565b6101ad6104543660046124f7565b6112bf565b610184610467366004612529565b61131b565b61018461047a366004612303565b611498565b6101ad61048d36600461231d565b60026020525f908152604090205481565b6104a66116c1565b836001600160801b03165f036104cf576040516356316e8760e01b815260040160405180910390fd5b6001600160a01b0383166104f65760405163062c6bf560e21b815260040160405180910390fd5b5f6105046020870187612595565b6001600160a01b0316148061053057505f6105256060870160408801612595565b6001600160a01b0316145b8061055257505f6105476080870160608801612595565b6001600160a01b0316145b8061057457505f61056960a0870160808801612595565b6001600160a01b0316145b156105925760405163ea3a9a3960e01b815260040160405180910390fd5b6103846105a560c0870160a088016125c2565b64ffffffffff1610806105d0575062278d006105c760c0870160a088016125c2565b64ffffffffff16115b156105ee576040516322ba7d5b60e11b815260040160405180910390fd5b5f6105f886610cdc565b5f8181526020819052604090208054919250906001600160801b03908116906106229082906125ef565b6001600160801b0316876001600160801b0316111561065457604051631132981b60e01b815260040160405180910390fd5b6001600160801b03811615801561067a57508154600160801b90046001600160801b0316155b156106b857827f69d8248d5566bdb2ebc4d218970710d8378a2ff9b709a999e052b71970f808fa896040516106af91906126ad565b60405180910390a25b6106c287826126bb565b82546fffffffffffffffffffffffffffffffff19166001600160801b03919091161782555f6106f760a08a0160808b01612595565b6040516370a0823160e01b81523060048201526001600160a01b0391909116906370a0823190602401602060405180830381865afa15801561073b573d5f5f3e3d5ffd5b505050506040513d601f19601f8201168201806040525081019061075f91906126da565b90506001600160a01b03871663e416d8d361077d60208c018c612595565b61078d60a08d0160808e01612595565b8b888b8b6040518763ffffffff1660e01b81526004016107b2969594939291906126f1565b5f604051808303815f87803b1580156107c9575f5ffd5b505af11580156107db573d5f5f3e3d5ffd5b50505050876001600160801b0316816107f49190612751565b61080460a08b0160808c01612595565b6040516370a0823160e01b81523060048201526001600160a01b0391909116906370a0823190602401602060405180830381865afa158015610848573d5f5f3e3d5ffd5b505050506040513d601f19601f8201168201806040525081019061086c91906126da565b1461088a57604051633ad0d64b60e21b815260040160405180910390fd5b33847f6c2a09353b5e75e70d0b9778b80a413809bb235d46c211811c474b3346791d898a6108b881876126bb565b604080516001600160801b0393841681529290911660208301520160405180910390a3505050506108e76116f8565b5050505050565b6108f66116c1565b5f8190036109175760405163c2e5347d60e01b815260040160405180910390fd5b5f5b818110156109ed573683838381811061093457610934612764565b90506020028101906109469190612778565b90506109586060820160408301612595565b6001600160a01b0316336001600160a01b03161415801561099a57506109846080820160608301612595565b6001600160a01b0316336001600160a01b031614155b156109b85760405163defb706960e01b815260040160405180910390fd5b6109e48484848181106109cd576109cd612764565b90506020028101906109df9190612778565b611722565b50600101610919565b506109f66116f8565b5050565b5f808267ffffffffffffffff811115610a1557610a15612797565b604051908082528060200260200182016040528015610a3e578160200160208202803683370190505b5090505f5b83811015610b4b5736858583818110610a5e57610a5e612764565b9050602002810190610a709190612778565b90507f30b9a0367528fca13c3e8ec6134c3113f1887ebe7a1ad61de0955aac288b0cf5610a9c82610cdc565b610aad610100840160e085016127ab565b888886818110610abf57610abf612764565b9050602002810190610ad19190612778565b610ae490610140810190610120016127ab565b6040805160208101959095528401929092526001600160801b03908116606084015216608082015260a00160405160208183030381529060405280519060200120838381518110610b3757610b37612764565b602090810291909101015250600101610a43565b50610cd27f42bd57c010b870c2e96203c66341f28a6a19b4d56a74533a8eb5f706b9fd6d5782604051602001610b8191906127c4565b60405160208183030381529060405280519060200120604051602001610bb1929190918252602082015260400190565b6040516020818303038152906040528051906020012060408051808201825260158152741e0d0c0c8810985d18da0814d95d1d1b195b595b9d605a1b6020918201528151808301835260018152603160f81b9082015281517f8b73c3c69bb8fe3d512ecc4cf759cc79239f7b179b0ffacaa9a75d522b39400f818301527fe03c502b9066cc6f23a8f0f48ed32cb7d506f9f0a2d0055449f256846a770e9a818401527fc89efdaa54c0f20c7adf612882df0950f5a951637e0307cdcb4c672f298b8bc660608201524660808201523060a0808301919091528351808303909101815260c08201845280519083012061190160f01b60e083015260e2820152610102808201949094528251808203909401845261012201909152815191012090565b9150505b92915050565b5f610cd67f1c9a06ceab9b0ebbd3301dc56c9111bb6d9af421356dc9ccb3b7084c755db30883604051602001610bb19291906127f9565b5f6060805f5f5f6060604051806040016040528060158152602001741e0d0c0c8810985d18da0814d95d1d1b195b595b9d605a1b815250604051806040016040528060018152602001603160f81b81525046305f5f1b5f67ffffffffffffffff811115610d8257610d82612797565b604051908082528060200260200182016040528015610dab578160200160208202803683370190505b50600f60f81b9d959c50939a509198509650945092509050565b604080517f1e1bd6ff84c3e0d9029a292b212e039c0ca97ec497c55191a4a5874294609a6960208201529081018390526001600160801b03821660608201525f90610e1290608001610bb1565b9392505050565b610e216116c1565b6001600160a01b038083165f90815260036020908152604080832093851683529290529081208054909190610e68906001600160801b03600160801b8204811691166125ef565b9050806001600160801b03165f03610e81575050610f01565b81546001600160801b03908116600160801b8102178355610eb0906001600160a01b03851690869084166119b8565b6040516001600160801b038216815233906001600160a01b0385811691908716907f7337b4386b690fdb8ba66905b92b9d45d33bc6626ee2620c905fb150ec0cc47d9060200160405180910390a450505b6109f66116f8565b604080515f8152602081019091526060908267ffffffffffffffff811115610f3357610f33612797565b604051908082528060200260200182016040528015610f6657816020015b6060815260200190600190039081610f515790505b5091505f5b83811015610fe757610fc230868684818110610f8957610f89612764565b9050602002810190610f9b919061280e565b85604051602001610fae93929190612851565b6040516020818303038152906040526119f7565b838281518110610fd457610fd4612764565b6020908102919091010152600101610f6b565b505092915050565b610ff76116c1565b5f61100186610cdc565b5f81815260026020526040902054909150841461103157604051630b278d7f60e11b815260040160405180910390fd5b5f61103d8286886112bf565b905061108e6110526080890160608a01612595565b8286868080601f0160208091040260200160405190810160405280939291908181526020018383808284375f92019190915250611a9792505050565b6110ab57604051638baa579f60e01b815260040160405180910390fd5b6110b6828888611b07565b50506108e76116f8565b6110c86116c1565b6110d182611cf4565b6110ee5760405163ea3a9a3960e01b815260040160405180910390fd5b806001600160801b03165f0361111757604051630686827b60e51b815260040160405180910390fd5b5f61112183610cdc565b5f818152600160205260409020805491925090600160801b900464ffffffffff161561116057604051630a2aed0f60e41b815260040160405180910390fd5b61116982611d69565b6001600160801b0316836001600160801b0316111561119b57604051631b4f55d960e21b815260040160405180910390fd5b805464ffffffffff4216600160801b026001600160a81b03199091166001600160801b03851617178155817fe4280d0d903c7f258f62b07c62f262377cbaa23f7791d78126e6446e0f0e3c23846111f860c0880160a089016125c2565b6112029042612874565b604080516001600160801b03909316835264ffffffffff90911660208301520160405180910390a250506109f66116f8565b61123c6116c1565b61124c6060830160408401612595565b6001600160a01b0316336001600160a01b03161415801561128e57506112786080830160608401612595565b6001600160a01b0316336001600160a01b031614155b156112ac57604051630f0c9e0160e31b815260040160405180910390fd5b610f016112b883610cdc565b8383611b07565b604080517fbe23ad087435072cd69b49cc5b92de10ee610fce7ae0ab428307972d764bb2166020820152908101849052606081018390526001600160801b03821660808201525f906113139060a001610bb1565b949350505050565b6113236116c1565b5f8390036113445760405163c2e5347d60e01b815260040160405180910390fd5b5f84845f81811061135757611357612764565b90506020028101906113699190612778565b61137a906080810190606001612595565b905060015b848110156113f557816001600160a01b03168686838181106113a3576113a3612764565b90506020028101906113b59190612778565b6113c6906080810190606001612595565b6001600160a01b0316146113ed5760405163f5e2237d60e01b815260040160405180910390fd5b60010161137f565b505f61140186866109fa565b9050611443828286868080601f0160208091040260200160405190810160405280939291908181526020018383808284375f92019190915250611a9792505050565b61146057604051638baa579f60e01b815260040160405180910390fd5b5f5b858110156114875761147f8787838181106109cd576109cd612764565b600101611462565b5050506114926116f8565b50505050565b6114a06116c1565b5f6114aa82610cdc565b90506114b582611cf4565b6114d2576040516315f969d560e01b815260040160405180910390fd5b5f8181526001602090815260408083208151808301909252546001600160801b0381168252600160801b900464ffffffffff16918101829052910361152a57604051631d050e5360e11b815260040160405180910390fd5b61153a60c0840160a085016125c2565b64ffffffffff16816020015164ffffffffff166115579190612751565b4210156115775760405163f396582760e01b815260040160405180910390fd5b5f82815260016020526040812080546001600160a81b031916905561159b83611d69565b90505f816001600160801b0316835f01516001600160801b0316106115c057816115c3565b82515b9050806001600160801b03165f036115de57505050506116b6565b5f84815260208190526040812080548392906116049084906001600160801b03166125ef565b92506101000a8154816001600160801b0302191690836001600160801b03160217905550611667855f01602081019061163d9190612595565b6001600160801b03831661165760a0890160808a01612595565b6001600160a01b031691906119b8565b6040516001600160801b0382168152339085907f546ce1e2242cd930c196bd08b894443562d709b4fffe4f028a75a6d233efc6e39060200160405180910390a36116b18486611d94565b505050505b6116be6116f8565b50565b6116c9611e0a565b6116f660017f9b779b17422d0df92223018b32b4d1fa46e071723d6817e2486d003becc55f005b90611e4a565b565b6116f65f7f9b779b17422d0df92223018b32b4d1fa46e071723d6817e2486d003becc55f006116f0565b805f611735610100830160e084016127ab565b90506001600160801b038116611753610140850161012086016127ab565b6001600160801b0316111561177b5760405163f178977560e01b815260040160405180910390fd5b5f61178583610cdc565b5f818152602081905260409020805491925090600160801b90046001600160801b0316806117bb610140880161012089016127ab565b6001600160801b0316116117d157505050505050565b81546001600160801b03166117ee610140880161012089016127ab565b6001600160801b0316111561181657604051633ec1215b60e11b815260040160405180910390fd5b611837856118248587610dc5565b6118326101008a018a61280e565b611e51565b61185457604051638baa579f60e01b815260040160405180910390fd5b611866610140870161012088016127ab565b82546001600160801b03918216600160801b02911617825580611891610140880161012089016127ab565b61189b91906125ef565b60035f6118ae6060890160408a01612595565b6001600160a01b0316815260208101919091526040015f908120906118d960a0890160808a01612595565b6001600160a01b0316815260208101919091526040015f908120805490919061190c9084906001600160801b03166126bb565b92506101000a8154816001600160801b0302191690836001600160801b03160217905550336001600160a01b0316837f36bd546bb573e8921fdbfd934bbed62d872796b01792cd240cce27f79dd3eddd838961012001602081019061197191906127ab565b61197b91906125ef565b61198d6101408b016101208c016127ab565b604080516001600160801b0393841681529290911660208301520160405180910390a3505050505050565b6119c58383836001611f56565b6119f257604051635274afe760e01b81526001600160a01b03841660048201526024015b60405180910390fd5b505050565b60605f611a048484611fb8565b9050808015611a2557505f3d1180611a2557505f846001600160a01b03163b115b15611a3a57611a32611fcb565b915050610cd6565b8015611a6457604051639996b31560e01b81526001600160a01b03851660048201526024016119e9565b3d15611a7757611a72611fe4565b611a90565b60405163d6bda27560e01b815260040160405180910390fd5b5092915050565b5f836001600160a01b03163b5f03611af5575f5f611ab58585611fef565b5090925090505f816003811115611ace57611ace612891565b148015611aec5750856001600160a01b0316826001600160a01b0316145b92505050610e12565b611b00848484612038565b9050610e12565b806001600160801b03165f03611b30576040516335d6149760e21b815260040160405180910390fd5b5f8381526002602052604081208054909190611b4b906128a5565b909155505f611b5984611d69565b90505f816001600160801b0316836001600160801b031610611b7b5781611b7d565b825b9050806001600160801b03165f03611b96575050505050565b5f8581526020819052604081208054839290611bbc9084906001600160801b03166125ef565b82546001600160801b039182166101009390930a9283029190920219909116179055505f858152600160205260409020805464ffffffffff600160801b9091041615611c785780546001600160801b0390811690831610611c37575f86815260016020526040902080546001600160a81b0319169055611c78565b8054829082905f90611c539084906001600160801b03166125ef565b92506101000a8154816001600160801b0302191690836001600160801b031602179055505b611ca2611c886020870187612595565b6001600160801b03841661165760a0890160808a01612595565b6040516001600160801b0383168152339087907fa84286cf8ebc7903a663c77c8d99aa92b600d4c2fcca872a5d4a663db4eb394b9060200160405180910390a3611cec8686611d94565b505050505050565b5f611d026020830183612595565b6001600160a01b0316336001600160a01b03161480610cd657505f611d2d6040840160208501612595565b6001600160a01b031614158015610cd65750611d4f6040830160208401612595565b6001600160a01b0316336001600160a01b03161492915050565b5f8181526020819052604081208054610e12906001600160801b03600160801b8204811691166125ef565b5f82815260208190526040902080546001600160801b0316158015611dc857508054600160801b90046001600160801b0316155b156119f257827f8d5942f197f362dfd44dfdc1b0b7a9721c9151b67f55817c83349271d3c08d3783604051611dfd91906126ad565b60405180910390a2505050565b7f9b779b17422d0df92223018b32b4d1fa46e071723d6817e2486d003becc55f005c156116f657604051633ee5aeb560e01b815260040160405180910390fd5b80825d5050565b5f80611e636040870160208801612595565b6001600160a01b031603611ec457611ebd611e816020870187612595565b8585858080601f0160208091040260200160405190810160405280939291908181526020018383808284375f92019190915250611a9792505050565b9050611313565b5f5f611f058686868080601f0160208091040260200160405190810160405280939291908181526020018383808284375f92019190915250611fef92505050565b5090925090505f816003811115611f1e57611f1e612891565b148015611f4b5750611f366040880160208901612595565b6001600160a01b0316826001600160a01b0316145b979650505050505050565b60405163a9059cbb60e01b5f8181526001600160a01b038616600452602485905291602083604481808b5af1925060015f51148316611fac578383151615611fa0573d5f823e3d81fd5b5f873b113d1516831692505b60405250949350505050565b5f5f5f835160208501865af49392505050565b6040513d81523d5f602083013e3d602001810160405290565b6040513d5f823e3d81fd5b5f5f5f8351604103612026576020840151604085015160608601515f1a61201888828585612089565b955095509550505050612031565b505081515f91506002905b9250925092565b805160408051630b135d3f60e11b8082526004820186905260248201929092525f92906020820185604483015e60205f60648401838a5afa9050825f5114601f3d1116811693505050509392505050565b5f80807f7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a08411156120c257505f91506003905082612147565b604080515f808252602082018084528a905260ff891692820192909252606081018790526080810186905260019060a0016020604051602081039080840390855afa158015612113573d5f5f3e3d5ffd5b5050604051601f1901519150506001600160a01b03811661213e57505f925060019150829050612147565b92505f91508190505b9450945094915050565b5f60e08284031215612161575f5ffd5b50919050565b80356001600160801b038116811461217d575f5ffd5b919050565b80356001600160a01b038116811461217d575f5ffd5b5f5f83601f8401126121a8575f5ffd5b50813567ffffffffffffffff8111156121bf575f5ffd5b6020830191508360208285010111156121d6575f5ffd5b9250929050565b5f5f5f5f5f61014086880312156121f2575f5ffd5b6121fc8787612151565b945061220a60e08701612167565b93506122196101008701612182565b925061012086013567ffffffffffffffff811115612235575f5ffd5b61224188828901612198565b969995985093965092949392505050565b5f5f60408385031215612263575f5ffd5b61226c83612182565b915061227a60208401612182565b90509250929050565b5f5f83601f840112612293575f5ffd5b50813567ffffffffffffffff8111156122aa575f5ffd5b6020830191508360208260051b85010111156121d6575f5ffd5b5f5f602083850312156122d5575f5ffd5b823567ffffffffffffffff8111156122eb575f5ffd5b6122f785828601612283565b90969095509350505050565b5f60e08284031215612313575f5ffd5b610e128383612151565b5f6020828403121561232d575f5ffd5b5035919050565b5f81518084528060208401602086015e5f602082860101526020601f19601f83011685010191505092915050565b60ff60f81b8816815260e060208201525f61238060e0830189612334565b82810360408401526123928189612334565b606084018890526001600160a01b038716608085015260a0840186905283810360c0850152845180825260208087019350909101905f5b818110156123e75783518352602093840193909201916001016123c9565b50909b9a5050505050505050505050565b5f5f60408385031215612409575f5ffd5b8235915061227a60208401612167565b5f602082016020835280845180835260408501915060408160051b8601019250602086015f5b8281101561247057603f1987860301845261245b858351612334565b9450602093840193919091019060010161243f565b50929695505050505050565b5f5f5f5f5f6101408688031215612491575f5ffd5b61249b8787612151565b94506124a960e08701612167565b9350610100860135925061012086013567ffffffffffffffff811115612235575f5ffd5b5f5f61010083850312156124df575f5ffd5b6124e98484612151565b915061227a60e08401612167565b5f5f5f60608486031215612509575f5ffd5b833592506020840135915061252060408501612167565b90509250925092565b5f5f5f5f6040858703121561253c575f5ffd5b843567ffffffffffffffff811115612552575f5ffd5b61255e87828801612283565b909550935050602085013567ffffffffffffffff81111561257d575f5ffd5b61258987828801612198565b95989497509550505050565b5f602082840312156125a5575f5ffd5b610e1282612182565b803564ffffffffff8116811461217d575f5ffd5b5f602082840312156125d2575f5ffd5b610e12826125ae565b634e487b7160e01b5f52601160045260245ffd5b6001600160801b038281168282160390811115610cd657610cd66125db565b6001600160a01b0361261f82612182565b1682526001600160a01b0361263660208301612182565b1660208301526001600160a01b0361265060408301612182565b1660408301526001600160a01b0361266a60608301612182565b1660608301526001600160a01b0361268460808301612182565b16608083015261269660a082016125ae565b64ffffffffff1660a083015260c090810135910152565b60e08101610cd6828461260e565b6001600160801b038181168382160190811115610cd657610cd66125db565b5f602082840312156126ea575f5ffd5b5051919050565b6001600160a01b038781168252861660208201526001600160801b03851660408201526060810184905260a0608082018190528101829052818360c08301375f81830160c090810191909152601f909201601f1916010195945050505050565b80820180821115610cd657610cd66125db565b634e487b7160e01b5f52603260045260245ffd5b5f823561013e1983360301811261278d575f5ffd5b9190910192915050565b634e487b7160e01b5f52604160045260245ffd5b5f602082840312156127bb575f5ffd5b610e1282612167565b81515f90829060208501835b828110156127ee5781518452602093840193909101906001016127d0565b509195945050505050565b8281526101008101610e12602083018461260e565b5f5f8335601e19843603018112612823575f5ffd5b83018035915067ffffffffffffffff82111561283d575f5ffd5b6020019150368190038213156121d6575f5ffd5b828482375f8382015f815283518060208601835e5f910190815295945050505050565b64ffffffffff8181168382160190811115610cd657610cd66125db565b634e487b7160e01b5f52602160045260245ffd5b5f600182016128b6576128b66125db565b506001019056'
