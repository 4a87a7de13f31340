// Written by scripts/compile-contracts.mjs from contracts/ with solc 0.8.30+commit.73712a01.Emscripten.clang. Do not edit.

/** ABI of UptoPermit2Proxy. */
export const uptoPermit2ProxyAbi = [
  {
    "inputs": [],
    "name": "AmountExceedsPermitted",
    "type": "error"
  },
  {
    "inputs": [],
    "name": "InvalidAmount",
    "type": "error"
  },
  {
    "inputs": [],
    "name": "InvalidDestination",
    "type": "error"
  },
  {
    "inputs": [],
    "name": "InvalidOwner",
    "type": "error"
  },
  {
    "inputs": [],
    "name": "PaymentTooEarly",
    "type": "error"
  },
  {
    "inputs": [],
    "name": "Permit2612AmountMismatch",
    "type": "error"
  },
  {
    "inputs": [],
    "name": "ReentrancyGuardReentrantCall",
    "type": "error"
  },
  {
    "inputs": [],
    "name": "UnauthorizedFacilitator",
    "type": "error"
  },
  {
    "anonymous": false,
    "inputs": [],
    "name": "Settled",
    "type": "event"
  },
  {
    "anonymous": false,
    "inputs": [],
    "name": "SettledWithPermit",
    "type": "event"
  },
  {
    "inputs": [],
    "name": "PERMIT2",
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
    "inputs": [],
    "name": "WITNESS_TYPEHASH",
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
    "name": "WITNESS_TYPE_STRING",
    "outputs": [
      {
        "name": "",
        "type": "string"
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
                "name": "token",
                "type": "address"
              },
              {
                "name": "amount",
                "type": "uint256"
              }
            ],
            "name": "permitted",
            "type": "tuple"
          },
          {
            "name": "nonce",
            "type": "uint256"
          },
          {
            "name": "deadline",
            "type": "uint256"
          }
        ],
        "name": "permit",
        "type": "tuple"
      },
      {
        "name": "amount",
        "type": "uint256"
      },
      {
        "name": "owner",
        "type": "address"
      },
      {
        "components": [
          {
            "name": "to",
            "type": "address"
          },
          {
            "name": "facilitator",
            "type": "address"
          },
          {
            "name": "validAfter",
            "type": "uint256"
          }
        ],
        "name": "witness",
        "type": "tuple"
      },
      {
        "name": "signature",
        "type": "bytes"
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
            "name": "value",
            "type": "uint256"
          },
          {
            "name": "deadline",
            "type": "uint256"
          },
          {
            "name": "r",
            "type": "bytes32"
          },
          {
            "name": "s",
            "type": "bytes32"
          },
          {
            "name": "v",
            "type": "uint8"
          }
        ],
        "name": "permit2612",
        "type": "tuple"
      },
      {
        "components": [
          {
            "components": [
              {
                "name": "token",
                "type": "address"
              },
              {
                "name": "amount",
                "type": "uint256"
              }
            ],
            "name": "permitted",
            "type": "tuple"
          },
          {
            "name": "nonce",
            "type": "uint256"
          },
          {
            "name": "deadline",
            "type": "uint256"
          }
        ],
        "name": "permit",
        "type": "tuple"
      },
      {
        "name": "amount",
        "type": "uint256"
      },
      {
        "name": "owner",
        "type": "address"
      },
      {
        "components": [
          {
            "name": "to",
            "type": "address"
          },
          {
            "name": "facilitator",
            "type": "address"
          },
          {
            "name": "validAfter",
            "type": "uint256"
          }
        ],
        "name": "witness",
        "type": "tuple"
      },
      {
        "name": "signature",
        "type": "bytes"
      }
    ],
    "name": "settleWithPermit",
    "outputs": [],
    "stateMutability": "nonpayable",
    "type": "function"
  }
] as const

/** Runtime code of UptoPermit2Proxy. */
export const uptoPermit2ProxyRuntime: `0x${string}` =
  '0x608060405234801561000f575f5ffd5b5060043610610055575f3560e01c8063016c174814610059578063156e21521461006e5780632c03ae6a1461008c5780636afdd850146100c1578063ff11e7b4146100ef575b5f5ffd5b61006c610067366004610628565b610102565b005b61007661015c565b60405161008391906106ee565b60405180910390f35b6100b37fd4171c445a74218b01d4fd8af34ff1106580ea1e36ff837e64484bfaa2253b7581565b604051908152602001610083565b6100d76e22d473030f116ddee9f6b43ac78ba381565b6040516001600160a01b039091168152602001610083565b61006c6100fd366004610707565b610178565b61010a6101c6565b6101158787866101fd565b6101238686868686866102eb565b6040517fde5b89d10fc800c459329c382fabfcad0be0ed7e5328e01fae04e507b09ef5d8905f90a1610153610413565b50505050505050565b6040518060a00160405280607881526020016108866078913981565b6101806101c6565b61018e8686868686866102eb565b6040517f97088ec3606cfe8cc112180570d03fcde05f9b8e1bfef8e27784eaf5dd5691b6905f90a16101be610413565b505050505050565b6101ce61043d565b6101fb60017f9b779b17422d0df92223018b32b4d1fa46e071723d6817e2486d003becc55f005b9061047d565b565b82356020830135146102225760405163050cda4960e01b815260040160405180910390fd5b61022f6020830183610785565b6001600160a01b031663d505accf826e22d473030f116ddee9f6b43ac78ba38635602088013561026560a08a0160808b0161079e565b604080516001600160e01b031960e089901b1681526001600160a01b0396871660048201529590941660248601526044850192909252606484015260ff16608483015286013560a4820152606086013560c482015260e4015f604051808303815f87803b1580156102d4575f5ffd5b505af19250505080156102e5575060015b50505050565b60208601358511156103105760405163fe64b4c760e01b815260040160405180910390fd5b6103206040840160208501610785565b6001600160a01b0316336001600160a01b03161461035157604051630f6fae8760e01b815260040160405180910390fd5b5f7fd4171c445a74218b01d4fd8af34ff1106580ea1e36ff837e64484bfaa2253b756103806020860186610785565b6103906040870160208801610785565b6040805160208101949094526001600160a01b039283168482015291166060830152850135608082015260a001604051602081830303815290604052805190602001209050610153878787875f0160208101906103ed9190610785565b8860400135866040518060a0016040528060788152602001610886607891398a8a610484565b6101fb5f7f9b779b17422d0df92223018b32b4d1fa46e071723d6817e2486d003becc55f006101f5565b7f9b779b17422d0df92223018b32b4d1fa46e071723d6817e2486d003becc55f005c156101fb57604051633ee5aeb560e01b815260040160405180910390fd5b80825d5050565b875f036104a45760405163162908e360e11b815260040160405180910390fd5b6001600160a01b0387166104cb576040516349e27cff60e01b815260040160405180910390fd5b6001600160a01b0386166104f25760405163ac6b05f560e01b815260040160405180910390fd5b844210156105135760405163532a9cfd60e11b815260040160405180910390fd5b6040805180820182526001600160a01b0388168152602081018a905290516309be14ff60e11b81526e22d473030f116ddee9f6b43ac78ba39163137c29fe9161056a918d918c908a908a908a908a906004016107e6565b5f604051808303815f87803b158015610581575f5ffd5b505af1158015610593573d5f5f3e3d5ffd5b50505050505050505050505050565b5f608082840312156105b2575f5ffd5b50919050565b80356001600160a01b03811681146105ce575f5ffd5b919050565b5f606082840312156105b2575f5ffd5b5f5f83601f8401126105f3575f5ffd5b50813567ffffffffffffffff81111561060a575f5ffd5b602083019150836020828501011115610621575f5ffd5b9250929050565b5f5f5f5f5f5f5f8789036101e0811215610640575f5ffd5b60a081121561064d575f5ffd5b5087965061065e8960a08a016105a2565b9550610120880135945061067561014089016105b8565b9350610685896101608a016105d3565b92506101c088013567ffffffffffffffff8111156106a1575f5ffd5b6106ad8a828b016105e3565b989b979a50959850939692959293505050565b5f81518084528060208401602086015e5f602082860101526020601f19601f83011685010191505092915050565b602081525f61070060208301846106c0565b9392505050565b5f5f5f5f5f5f610140878903121561071d575f5ffd5b61072788886105a2565b95506080870135945061073c60a088016105b8565b935061074b8860c089016105d3565b925061012087013567ffffffffffffffff811115610767575f5ffd5b61077389828a016105e3565b979a9699509497509295939492505050565b5f60208284031215610795575f5ffd5b610700826105b8565b5f602082840312156107ae575f5ffd5b813560ff81168114610700575f5ffd5b81835281816020850137505f828201602090810191909152601f909101601f19169091010190565b6001600160a01b036107f7896105b8565b168152602088810135818301526040808a0135908301526060808a01359083015287516001600160a01b0316608083015287015160a08201525f61084660c08301886001600160a01b03169052565b8560e08301526101406101008301526108636101408301866106c0565b8281036101208401526108778185876107be565b9a995050505050505050505056fe5769746e657373207769746e65737329546f6b656e5065726d697373696f6e73286164647265737320746f6b656e2c75696e7432353620616d6f756e74295769746e657373286164647265737320746f2c6164647265737320666163696c697461746f722c75696e743235362076616c6964416674657229'
