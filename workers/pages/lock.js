// Reduces package-lock.json to the packages themselves: both contain complete bundles, so their
// dependencies need not be fetched.
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
