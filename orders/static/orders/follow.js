// Shows one order to whoever holds its token, and lets them say that everything arrived.
"use strict";

const page = document.getElementById("order");
const EXPONENTS = JSON.parse(page.dataset.exponents);
const token = window.location.hash.slice(1);
// Whoever comes back from the gateway's page may look, for a while; the letter's link does the rest.
const isReturn = token.startsWith("r1.");
let looks = 15;
const LETTER = "Open the link that we mailed to you once your payment arrived: it shows your order here.";
const address = `/api/v1/orders/${encodeURIComponent(page.dataset.order)}/`;
const STATES = {
  pending_payment: "We are waiting for your payment.",
  paid: "Paid. The seller prepares your order.",
  delivered: "Delivered. Tell us when you have received everything.",
  completed: "Completed. Thank you.",
  cancelled: "Cancelled.",
  expired: "Not paid in time.",
  refunded: "Refunded.",
};
const PARTS = {
  awaiting: "to be delivered", cancelling: "being cancelled", review: "being looked into",
  delivered: "delivered", completed: "received", cancelled: "cancelled",
};

const element = (id) => document.getElementById(id);

function money({ amount_minor: minor, currency }) {
  const digits = EXPONENTS[currency];
  const style = { style: "currency", currency, minimumFractionDigits: digits, maximumFractionDigits: digits };
  return new Intl.NumberFormat(undefined, style).format(minor / 10 ** digits);
}

function rows(list, pairs) {
  list.replaceChildren(...pairs.map(([left, right]) => {
    const row = document.createElement("li");
    row.append(Object.assign(document.createElement("span"), { textContent: left }),
      Object.assign(document.createElement("span"), { textContent: right }));
    return row;
  }));
}

function show(order) {
  element("message").hidden = true;
  element("shown").hidden = false;
  element("status").textContent = STATES[order.status] ?? order.status;
  rows(element("lines"), order.lines.map((line) => [`${line.quantity} × ${line.name}`, money(line.amount)]));
  rows(element("parts"), order.fulfilments.map((part, index) => [`Part ${index + 1}`, PARTS[part.status] ?? part.status]));
  element("total").textContent = money(order.total);
  element("refunded").textContent = order.refunded.amount_minor ? `, of which ${money(order.refunded)} was given back` : "";
  element("complete").hidden = isReturn || !order.fulfilments.some((part) => part.status === "delivered");
}

function say(text) {
  element("message").textContent = text;
  element("message").hidden = false;
}

async function ask(path, options = {}) {
  const headers = { "X-Order-Token": token, "Content-Type": "application/json" };
  const response = await fetch(path, { ...options, headers, credentials: "omit", referrerPolicy: "no-referrer" });
  const body = await response.json();
  if (!response.ok) throw new Error(body.errors?.[0]?.detail ?? "Something went wrong.");
  return body;
}

async function load() {
  if (!token) {
    say(LETTER);
    return;
  }
  try {
    const order = await ask(address);
    show(order);
    looks -= 1;
    // Who comes back is faster than the news of the payment.
    if (isReturn && order.status === "pending_payment" && looks > 0) setTimeout(load, 2000);
  } catch (error) {
    say(isReturn ? LETTER : error.message);
  }
}

element("complete").addEventListener("click", async (event) => {
  event.target.disabled = true;
  try {
    await ask(`${address}complete/`, { method: "POST", body: "{}" });
  } catch (error) {
    say(error.message);
  }
  event.target.disabled = false;
  await load();
});

load();
