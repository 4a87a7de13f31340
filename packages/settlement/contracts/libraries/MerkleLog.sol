// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title Proofs about an append-only Merkle log
/// @notice The tree of RFC 6962 with keccak256 in place of SHA-256: leaves are hashed with the prefix 0x00, inner nodes
/// with 0x01, and a tree of n leaves splits at the largest power of two below n.
/// @dev Verification follows RFC 9162, sections 2.1.3.2 and 2.1.4.2. Both functions answer false on any proof that is
/// too short, too long or about an impossible index; they never revert.
library MerkleLog {
    function hashLeaf(bytes32 leaf) internal pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            mstore8(0x00, 0x00)
            mstore(0x01, leaf)
            hash := keccak256(0x00, 0x21)
        }
    }

    function hashNode(bytes32 left, bytes32 right) internal pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            // 65 bytes do not fit the 64 bytes of scratch space: take free memory without keeping it.
            let at := mload(0x40)
            mstore8(at, 0x01)
            mstore(add(at, 0x01), left)
            mstore(add(at, 0x21), right)
            hash := keccak256(at, 0x41)
        }
    }

    /// @notice Whether `leafHash` is leaf number `index` of the tree with `size` leaves and the root `root`.
    function verifyInclusion(bytes32 leafHash, uint64 index, uint64 size, bytes32[] calldata proof, bytes32 root)
        internal
        pure
        returns (bool)
    {
        if (index >= size) return false;
        uint256 node = index;
        uint256 last = size - 1;
        bytes32 hash = leafHash;
        for (uint256 i = 0; i < proof.length; ++i) {
            if (last == 0) return false;
            if (node & 1 == 1 || node == last) {
                hash = hashNode(proof[i], hash);
                // At the right edge, levels on which the node has no sibling are skipped.
                while (node & 1 == 0 && node != 0) {
                    node >>= 1;
                    last >>= 1;
                }
            } else {
                hash = hashNode(hash, proof[i]);
            }
            node >>= 1;
            last >>= 1;
        }
        return last == 0 && hash == root;
    }

    /// @notice Whether the tree (`firstSize`, `firstRoot`) is a prefix of the tree (`secondSize`, `secondRoot`).
    /// @dev An empty log is a prefix of every log; a log is a prefix of itself. Both with an empty proof only.
    function verifyConsistency(
        uint64 firstSize,
        bytes32 firstRoot,
        uint64 secondSize,
        bytes32 secondRoot,
        bytes32[] calldata proof
    ) internal pure returns (bool) {
        if (firstSize > secondSize) return false;
        if (firstSize == secondSize) return proof.length == 0 && firstRoot == secondRoot;
        if (firstSize == 0) return proof.length == 0;

        uint256 node = firstSize - 1;
        uint256 last = secondSize - 1;
        while (node & 1 == 1) {
            node >>= 1;
            last >>= 1;
        }
        // When the first tree is complete, its root is the start and stands in no proof.
        uint256 next = node == 0 ? 0 : 1;
        if (proof.length < next) return false;
        bytes32 first = node == 0 ? firstRoot : proof[0];
        bytes32 second = first;
        for (; next < proof.length; ++next) {
            if (last == 0) return false;
            bytes32 sibling = proof[next];
            if (node & 1 == 1 || node == last) {
                first = hashNode(sibling, first);
                second = hashNode(sibling, second);
                while (node & 1 == 0 && node != 0) {
                    node >>= 1;
                    last >>= 1;
                }
            } else {
                second = hashNode(second, sibling);
            }
            node >>= 1;
            last >>= 1;
        }
        return last == 0 && first == firstRoot && second == secondRoot;
    }
}
