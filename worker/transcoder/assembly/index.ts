/** Stand-in for the transcoder: proves that its module is built and imported everywhere. */
export function answer(): i32 {
  return 42;
}
