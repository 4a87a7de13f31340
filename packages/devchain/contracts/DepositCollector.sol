// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDepositCollector} from "./IDepositCollector.sol";

/// @title What the deposit collectors have in common
/// @dev The channel contract stands at one address on every chain, so it is a constant here: these contracts are placed
/// with `anvil_setCode` and have no constructor.
abstract contract DepositCollector is IDepositCollector {
    address public constant x402BatchSettlement = 0x4020074e9dF2ce1deE5A9C1b5c3f541D02a10003;

    error OnlyX402BatchSettlement();

    modifier onlyBatchSettlement() {
        if (msg.sender != x402BatchSettlement) revert OnlyX402BatchSettlement();
        _;
    }
}
