// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice Brings a payer's tokens to the channel contract, by whatever the payer signed.
interface IDepositCollector {
    /// @notice Moves `amount` of `token` from `payer` to the calling channel contract, or reverts.
    function collect(address payer, address token, uint256 amount, bytes32 channelId, bytes calldata collectorData)
        external;
}
