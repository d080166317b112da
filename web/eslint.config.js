// Finds mistakes the type checker does not. Names are left to the type checker, which knows the browser's.
import js from "@eslint/js";

export default [
  { ignores: ["dist/"] },
  js.configs.recommended,
  {
    rules: {
      "no-undef": "off",
      "no-console": "error",
      "no-eval": "error",
      eqeqeq: "error",
      "prefer-const": "error",
      "no-var": "error",
    },
  },
];
