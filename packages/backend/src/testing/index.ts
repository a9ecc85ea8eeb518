export { nativeUnavailable } from "../internal/native-for-tests.js";
