/** What wrangler makes of an imported .wasm: a compiled module, ready for `WebAssembly.Instance`. */
declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}
