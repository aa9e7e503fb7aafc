/** TypeScript sources import each other as `./name.js`, as Node will see them; here the file is `./name.ts`. */
module.exports = (request, options) => {
  if (/^\.{1,2}\/.*\.js$/.test(request) && !options.basedir.includes('node_modules')) {
    try {
      return options.defaultResolver(request.replace(/\.js$/, '.ts'), options);
    } catch {
      // A script that is JavaScript itself.
    }
  }
  return options.defaultResolver(request, options);
};
