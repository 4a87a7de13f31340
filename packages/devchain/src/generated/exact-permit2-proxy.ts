// Written by scripts/compile-contracts.mjs from contracts/ with solc 0.8.30+commit.73712a01.Emscripten.clang. Do not edit.

/** ABI of ExactPermit2Proxy. */
export const exactPermit2ProxyAbi = [
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

/** Runtime code of ExactPermit2Proxy. */
export const exactPermit2ProxyRuntime: `0x${string}` =
  '0x608060405234801561000f575f5ffd5b5060043610610055575f3560e01c806313cd3b5314610059578063156e21521461006e5780632c03ae6a1461008c5780636afdd850146100c1578063fa340378146100ef575b5f5ffd5b61006c6100673660046105ac565b610102565b005b61007661014e565b604051610083919061064e565b60405180910390f35b6100b37fd97b3239a7f32295517bd14cb074edfdd188dfe5eb42f802bb26d4fd1eb12c3781565b604051908152602001610083565b6100d76e22d473030f116ddee9f6b43ac78ba381565b6040516001600160a01b039091168152602001610083565b61006c6100fd366004610667565b61016a565b61010a6101c2565b61011785858585856101f9565b6040517f97088ec3606cfe8cc112180570d03fcde05f9b8e1bfef8e27784eaf5dd5691b6905f90a16101476102a9565b5050505050565b6040518060a00160405280606481526020016107f66064913981565b6101726101c2565b61017d8686866102d3565b61018a85858585856101f9565b6040517fde5b89d10fc800c459329c382fabfcad0be0ed7e5328e01fae04e507b09ef5d8905f90a16101ba6102a9565b505050505050565b6101ca6103c1565b6101f760017f9b779b17422d0df92223018b32b4d1fa46e071723d6817e2486d003becc55f005b90610401565b565b5f7fd97b3239a7f32295517bd14cb074edfdd188dfe5eb42f802bb26d4fd1eb12c3761022860208601866106f5565b604080516020818101949094526001600160a01b039092169082015290850135606082015260800160408051601f19818403018152919052805160209182012091506101ba90879081810135908890610283908901896106f5565b8860200135866040518060a00160405280606481526020016107f6606491398a8a610408565b6101f75f7f9b779b17422d0df92223018b32b4d1fa46e071723d6817e2486d003becc55f006101f1565b82356020830135146102f85760405163050cda4960e01b815260040160405180910390fd5b61030560208301836106f5565b6001600160a01b031663d505accf826e22d473030f116ddee9f6b43ac78ba38635602088013561033b60a08a0160808b0161070e565b604080516001600160e01b031960e089901b1681526001600160a01b0396871660048201529590941660248601526044850192909252606484015260ff16608483015286013560a4820152606086013560c482015260e4015f604051808303815f87803b1580156103aa575f5ffd5b505af19250505080156103bb575060015b50505050565b7f9b779b17422d0df92223018b32b4d1fa46e071723d6817e2486d003becc55f005c156101f757604051633ee5aeb560e01b815260040160405180910390fd5b80825d5050565b875f036104285760405163162908e360e11b815260040160405180910390fd5b6001600160a01b03871661044f576040516349e27cff60e01b815260040160405180910390fd5b6001600160a01b0386166104765760405163ac6b05f560e01b815260040160405180910390fd5b844210156104975760405163532a9cfd60e11b815260040160405180910390fd5b6040805180820182526001600160a01b0388168152602081018a905290516309be14ff60e11b81526e22d473030f116ddee9f6b43ac78ba39163137c29fe916104ee918d918c908a908a908a908a90600401610756565b5f604051808303815f87803b158015610505575f5ffd5b505af1158015610517573d5f5f3e3d5ffd5b50505050505050505050505050565b5f60808284031215610536575f5ffd5b50919050565b80356001600160a01b0381168114610552575f5ffd5b919050565b5f60408284031215610536575f5ffd5b5f5f83601f840112610577575f5ffd5b50813567ffffffffffffffff81111561058e575f5ffd5b6020830191508360208285010111156105a5575f5ffd5b9250929050565b5f5f5f5f5f61010086880312156105c1575f5ffd5b6105cb8787610526565b94506105d96080870161053c565b93506105e88760a08801610557565b925060e086013567ffffffffffffffff811115610603575f5ffd5b61060f88828901610567565b969995985093965092949392505050565b5f81518084528060208401602086015e5f602082860101526020601f19601f83011685010191505092915050565b602081525f6106606020830184610620565b9392505050565b5f5f5f5f5f5f8688036101a081121561067e575f5ffd5b60a081121561068b575f5ffd5b5086955061069c8860a08901610526565b94506106ab610120880161053c565b93506106bb886101408901610557565b925061018087013567ffffffffffffffff8111156106d7575f5ffd5b6106e389828a01610567565b979a9699509497509295939492505050565b5f60208284031215610705575f5ffd5b6106608261053c565b5f6020828403121561071e575f5ffd5b813560ff81168114610660575f5ffd5b81835281816020850137505f828201602090810191909152601f909101601f19169091010190565b6001600160a01b036107678961053c565b168152602088810135818301526040808a0135908301526060808a01359083015287516001600160a01b0316608083015287015160a08201525f6107b660c08301886001600160a01b03169052565b8560e08301526101406101008301526107d3610140830186610620565b8281036101208401526107e781858761072e565b9a995050505050505050505056fe5769746e657373207769746e65737329546f6b656e5065726d697373696f6e73286164647265737320746f6b656e2c75696e7432353620616d6f756e74295769746e657373286164647265737320746f2c75696e743235362076616c6964416674657229'
