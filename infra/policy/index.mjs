// Pulumi's launcher of policy packs would compile a TypeScript entry with ts-node, whatever PulumiPolicy.yaml says.
import "./pack.ts";
