// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {ISignatureTransfer} from "./ISignatureTransfer.sol";

/// @title What the two Permit2 payment proxies have in common
/// @notice The payer signs where the money may go (the witness); the proxy can send it nowhere else.
abstract contract Permit2Settlement is ReentrancyGuardTransient {
    /// @notice A payer's EIP-2612 approval of Permit2, for payers that never approved it before.
    struct EIP2612Permit {
        uint256 value;
        uint256 deadline;
        bytes32 r;
        bytes32 s;
        uint8 v;
    }

    /// @notice Permit2 stands at the same address on every chain.
    ISignatureTransfer public constant PERMIT2 = ISignatureTransfer(0x000000000022D473030F116dDEE9F6B43aC78BA3);

    event Settled();
    event SettledWithPermit();

    error InvalidAmount();
    error InvalidDestination();
    error InvalidOwner();
    error PaymentTooEarly();
    /// @notice The EIP-2612 approval is not for exactly the amount that the Permit2 authorization permits.
    error Permit2612AmountMismatch();

    /// @dev Moves `amount` from `owner` to `to`. The caller has checked everything that is special to its witness.
    function _settle(
        ISignatureTransfer.PermitTransferFrom calldata permit,
        uint256 amount,
        address owner,
        address to,
        uint256 validAfter,
        bytes32 witnessHash,
        string memory witnessTypeString,
        bytes calldata signature
    ) internal {
        if (amount == 0) revert InvalidAmount();
        if (owner == address(0)) revert InvalidOwner();
        if (to == address(0)) revert InvalidDestination();
        if (block.timestamp < validAfter) revert PaymentTooEarly();
        PERMIT2.permitWitnessTransferFrom(
            permit,
            ISignatureTransfer.SignatureTransferDetails({to: to, requestedAmount: amount}),
            owner,
            witnessHash,
            witnessTypeString,
            signature
        );
    }

    /// @dev A failing approval is no failure of the payment: somebody may have submitted it already, or an older
    /// allowance may do. Permit2 has the last word.
    function _approvePermit2(
        EIP2612Permit calldata approval,
        ISignatureTransfer.TokenPermissions calldata permitted,
        address owner
    ) internal {
        if (approval.value != permitted.amount) revert Permit2612AmountMismatch();
        try IERC20Permit(permitted.token).permit(
            owner, address(PERMIT2), approval.value, approval.deadline, approval.v, approval.r, approval.s
        ) {} catch {}
    }
}
