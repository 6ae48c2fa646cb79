// Keeps of package-lock.json what is wanted: both packages hold bundles made by their authors, so
// what these depend on need not be fetched.
const fs = require('fs');

const file = 'package-lock.json';
const lock = JSON.parse(fs.readFileSync(file));
const { dependencies } = JSON.parse(fs.readFileSync('package.json'));
const packages = { '': { dependencies } };

for (const name of Object.keys(dependencies)) {
  const { version, integrity, license } = lock.packages[`node_modules/${name}`];
  packages[`node_modules/${name}`] = { version, integrity, license };
}
fs.writeFileSync(file, JSON.stringify({ ...lock, packages }, null, 2) + '\n');
