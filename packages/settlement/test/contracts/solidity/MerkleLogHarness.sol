// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {MerkleLog} from "../../../contracts/libraries/MerkleLog.sol";

/// @notice Opens the library to tests, many claims in one call.
contract MerkleLogHarness {
    struct Inclusion {
        bytes32 leaf;
        uint64 index;
        uint64 size;
        bytes32 root;
        bytes32[] proof;
    }

    struct Consistency {
        uint64 firstSize;
        bytes32 firstRoot;
        uint64 secondSize;
        bytes32 secondRoot;
        bytes32[] proof;
    }

    function included(Inclusion[] calldata claims) external pure returns (bool[] memory verdicts) {
        verdicts = new bool[](claims.length);
        for (uint256 i = 0; i < claims.length; ++i) {
            Inclusion calldata claim = claims[i];
            bytes32 leafHash = MerkleLog.hashLeaf(claim.leaf);
            verdicts[i] = MerkleLog.verifyInclusion(leafHash, claim.index, claim.size, claim.proof, claim.root);
        }
    }

    function consistent(Consistency[] calldata claims) external pure returns (bool[] memory verdicts) {
        verdicts = new bool[](claims.length);
        for (uint256 i = 0; i < claims.length; ++i) {
            Consistency calldata claim = claims[i];
            verdicts[i] = MerkleLog.verifyConsistency(
                claim.firstSize, claim.firstRoot, claim.secondSize, claim.secondRoot, claim.proof
            );
        }
    }
}
