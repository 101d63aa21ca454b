/**
 * Names of methods that standards define, by selector: the first four bytes of the Keccak-256 hash of the signature. Anything else stays hex: a
 * selector of four bytes can be made to fit any name, so only names are given that a reader may take on trust.
 * Source: EIP-20, EIP-721, EIP-1155, EIP-2612; WETH9 for the last two.
 */
export const selectorNames: Readonly<Record<string, string>> = {
  "0xa9059cbb": "transfer(address,uint256)",
  "0x23b872dd": "transferFrom(address,address,uint256)",
  "0x095ea7b3": "approve(address,uint256)",
  "0xd505accf": "permit(address,address,uint256,uint256,uint8,bytes32,bytes32)",
  "0x42842e0e": "safeTransferFrom(address,address,uint256)",
  "0xb88d4fde": "safeTransferFrom(address,address,uint256,bytes)",
  "0xa22cb465": "setApprovalForAll(address,bool)",
  "0xf242432a": "safeTransferFrom(address,address,uint256,uint256,bytes)",
  "0x2eb2c2d6": "safeBatchTransferFrom(address,address,uint256[],uint256[],bytes)",
  "0xd0e30db0": "deposit()",
  "0x2e1a7d4d": "withdraw(uint256)",
};

/** The name of a selector (`0x` and eight hex digits in lower case), or itself. */
export function selectorName(selector: string): string {
  return selectorNames[selector] ?? selector;
}
