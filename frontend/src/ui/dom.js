/** Small helpers for DOM elements. Data becomes text or attributes only, never markup. */

const SVG = 'http://www.w3.org/2000/svg';

/**
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} type
 * @returns {T}
 */
export function byId(id, type) {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`index.html has no ${type.name} #${id}`);
  return found;
}

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {string} [className]
 * @param {(Node | string)[]} [children]
 * @returns {HTMLElementTagNameMap[K]}
 */
export function createElement(tag, className = '', children = []) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

/** @param {string} name  name of a symbol in index.html @returns {SVGSVGElement} */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(SVG, 'use');
  use.setAttribute('href', `#icon-${name}`);
  svg.append(use);
  return svg;
}

/** @param {Element} button @param {string} name */
export function setIcon(button, name) {
  button.querySelector('use')?.setAttribute('href', `#icon-${name}`);
}

/** @param {Element} element @param {string} words */
export function setLabel(element, words) {
  element.setAttribute('aria-label', words);
  element.setAttribute('title', words);
}

/**
 * @param {string} className
 * @param {string} iconName
 * @param {string} words
 * @param {() => void} onClick
 */
export function iconButton(className, iconName, words, onClick) {
  const button = createElement('button', className, [icon(iconName)]);
  button.type = 'button';
  setLabel(button, words);
  button.addEventListener('click', onClick);
  return button;
}
