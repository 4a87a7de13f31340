// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title A facilitator as a contract: settles many x402 payments in one transaction
/// @notice Servers name this contract as `extra.facilitatorAddress` of `upto` payments; payers sign it into the witness.
/// Only operators may settle, because whoever settles an `upto` payment decides how much of it is taken.
/// @dev It holds no funds and needs no approval: money goes from the payer to the signed payee. It can call the two x402
/// proxies and EIP-3009 transfers, nothing else, so that a stolen operator key cannot act for it anywhere else.
contract BatchFacilitator {
    struct Item {
        /// @dev Names the item in events; the caller's own.
        bytes32 key;
        address target;
        /// @dev All the gas that this item may use.
        uint256 gasLimit;
        bytes data;
    }

    /// @notice The x402 proxies, at the same address on every chain.
    address public constant EXACT_PROXY = 0x402085c248EeA27D92E8b30b2C58ed07f9E20001;
    address public constant UPTO_PROXY = 0x4020A4f3b7b90ccA423B9fabCc0CE57C6C240002;

    /// @dev transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,uint8,bytes32,bytes32)
    bytes4 private constant TRANSFER_VRS = 0xe3ee160e;
    /// @dev transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)
    bytes4 private constant TRANSFER_BYTES = 0xcf092995;

    address public owner;
    address public pendingOwner;
    mapping(address => bool) public isOperator;

    event OwnershipOffered(address indexed owner, address indexed pendingOwner);
    event OwnershipTaken(address indexed owner);
    event OperatorSet(address indexed operator, bool allowed);
    event ItemSettled(bytes32 indexed key);
    event ItemFailed(bytes32 indexed key);

    error NotOwner();
    error NotOperator();
    /// @notice The transaction carries too little gas for the limits of its items.
    error InsufficientGas();

    constructor(address initialOwner, address[] memory operators) {
        owner = initialOwner;
        emit OwnershipTaken(initialOwner);
        for (uint256 i = 0; i < operators.length; i++) {
            isOperator[operators[i]] = true;
            emit OperatorSet(operators[i], true);
        }
    }

    function setOperator(address operator, bool allowed) external {
        if (msg.sender != owner) revert NotOwner();
        isOperator[operator] = allowed;
        emit OperatorSet(operator, allowed);
    }

    function offerOwnership(address to) external {
        if (msg.sender != owner) revert NotOwner();
        pendingOwner = to;
        emit OwnershipOffered(owner, to);
    }

    function takeOwnership() external {
        if (msg.sender != pendingOwner) revert NotOwner();
        owner = msg.sender;
        pendingOwner = address(0);
        emit OwnershipTaken(msg.sender);
    }

    /// @notice Settles the items in order. One that fails leaves the others as they are.
    /// @return settled One flag for each item, for simulations.
    function execute(Item[] calldata items) external returns (bool[] memory settled) {
        if (!isOperator[msg.sender]) revert NotOperator();
        settled = new bool[](items.length);
        for (uint256 i = 0; i < items.length; i++) {
            Item calldata item = items[i];
            bool success = _isAllowed(item.target, item.data) && _call(item.target, item.gasLimit, item.data);
            settled[i] = success;
            if (success) emit ItemSettled(item.key);
            else emit ItemFailed(item.key);
        }
    }

    function _isAllowed(address target, bytes calldata data) private view returns (bool) {
        // A call to an address without code would succeed and move nothing.
        if (data.length < 4 || target.code.length == 0) return false;
        if (target == EXACT_PROXY || target == UPTO_PROXY) return true;
        bytes4 selector = bytes4(data[:4]);
        return selector == TRANSFER_VRS || selector == TRANSFER_BYTES;
    }

    /// @dev Copies no return data: a hostile token cannot make the others pay for its answer.
    function _call(address target, uint256 gasLimit, bytes calldata data) private returns (bool success) {
        // A call gets at most 63/64 of what is left (EIP-150). With less than its limit a good item could fail for
        // want of gas, so the whole batch stops instead.
        if (gasleft() < gasLimit + gasLimit / 63 + 10_000) revert InsufficientGas();
        bytes memory copy = data;
        assembly ("memory-safe") {
            success := call(gasLimit, target, 0, add(copy, 0x20), mload(copy), 0, 0)
        }
    }
}
