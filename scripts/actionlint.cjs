// Usage: node actionlint.cjs run-lint.js FILE ...; prints the findings as JSON. scripts/actionlint.py starts it.
const { readFileSync } = require("node:fs");

const [runLintFile, ...files] = process.argv.slice(2);
const { runLint } = require(runLintFile);

async function main() {
  const findings = [];
  for (const file of files) {
    for (const finding of await runLint(readFileSync(file, "utf8"), file)) {
      findings.push({ file, ...finding });
    }
  }
  console.log(JSON.stringify(findings));
  process.exit(0); // the Go program never ends by itself
}

main();
