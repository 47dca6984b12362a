// The names of the DOM that the types of playwright-core mention. The DOM library itself would let
// every test use what Node does not have.
type Node = object;
type HTMLElement = object;
type SVGElement = object;
type HTMLElementTagNameMap = Record<string, HTMLElement>;
