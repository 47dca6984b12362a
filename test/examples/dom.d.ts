// The names of the DOM that the types of playwright-core mention. The DOM library itself would let every test use what Node does not have.
type Node = {};
interface HTMLElement extends Node {}
interface SVGElement extends Node {}
type HTMLElementTagNameMap = {};
