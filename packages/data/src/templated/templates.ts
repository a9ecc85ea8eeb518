import type { Picker, Work } from "./work.js";

const names = [
  "Ada",
  "Ben",
  "Chloe",
  "Dev",
  "Elena",
  "Farid",
  "Grace",
  "Hugo",
  "Iris",
  "Jonas",
  "Kira",
  "Liam",
  "Mina",
  "Noor",
  "Omar",
  "Priya",
];
const things = [
  "apples",
  "pencils",
  "stickers",
  "marbles",
  "books",
  "cookies",
  "tickets",
  "shells",
  "cards",
  "candles",
];
const places = ["bakery", "library", "farm", "school", "museum", "garden"];

/** Draws a question and works it out; the last step is its answer. */
export type Template = (pick: Picker, work: Work) => string;

const change: Template = (pick, work) => {
  const [name, thing, count, price] = [pick.of(names), pick.of(things), pick.number(2, 9), pick.number(2, 9)];
  const paid = count * price + pick.number(1, 30);
  const cost = work.step(count, "*", price, (sum) => `The ${thing} cost $${sum}.`);
  work.step(paid, "-", cost, (sum) => `${name} gets back $${sum}.`);
  return (
    `${name} buys ${count} ${thing} for $${price} each and pays with $${paid}. How many dollars of ` +
    `change does ${name} get?`
  );
};

const halfLater: Template = (pick, work) => {
  const [name, thing, place] = [pick.of(names), pick.of(things), pick.of(places)];
  const first = 2 * pick.number(5, 60);
  const second = work.step(first, "/", 2, (sum) => `In May ${name} sold ${sum} ${thing}.`);
  work.step(first, "+", second, (sum) => `Altogether ${name} sold ${sum} ${thing}.`);
  return (
    `${name} sold ${first} ${thing} at the ${place} in April, and half as many in May. How many ` +
    `${thing} did ${name} sell altogether?`
  );
};

const shared: Template = (pick, work) => {
  const [name, thing, friends, each] = [pick.of(names), pick.of(things), pick.number(3, 9), pick.number(3, 20)];
  const bags = pick.number(2, 6);
  const all = friends * each * bags;
  const perFriend = work.step(all, "/", friends, (sum) => `Each friend gets ${sum} ${thing}.`);
  work.step(perFriend, "/", bags, (sum) => `Each bag holds ${sum} ${thing}.`);
  return (
    `${name} shares ${all} ${thing} equally among ${friends} friends. Each friend puts them into ` +
    `${bags} equal bags. How many ${thing} are in a bag?`
  );
};

const wages: Template = (pick, work) => {
  const [name, place, wage, hours, days] = [
    pick.of(names),
    pick.of(places),
    pick.number(8, 25),
    pick.number(2, 8),
    pick.number(2, 6),
  ];
  const daily = work.step(wage, "*", hours, (sum) => `${name} earns $${sum} a day.`);
  work.step(daily, "*", days, (sum) => `In ${days} days that is $${sum}.`);
  return (
    `${name} works at the ${place} for $${wage} an hour, ${hours} hours a day. How many dollars does ` +
    `${name} earn in ${days} days?`
  );
};

const reading: Template = (pick, work) => {
  const [name, daily, days] = [pick.of(names), pick.number(5, 40), pick.number(3, 12)];
  const pages = daily * days + pick.number(5, 90);
  const read = work.step(daily, "*", days, (sum) => `${name} has read ${sum} pages.`);
  work.step(pages, "-", read, (sum) => `So ${sum} pages are left.`);
  return (
    `${name} reads ${daily} pages a day of a book with ${pages} pages. How many pages are left after ` + `${days} days?`
  );
};

const ages: Template = (pick, work) => {
  const [younger, older, age, times, years] = [
    pick.of(names),
    pick.of(names),
    pick.number(3, 14),
    pick.number(2, 4),
    pick.number(2, 15),
  ];
  const now = work.step(age, "*", times, (sum) => `${older}'s aunt is ${sum} years old now.`);
  work.step(now, "+", years, (sum) => `In ${years} years she will be ${sum}.`);
  return (
    `${younger} is ${age} years old. The aunt of ${older} is ${times} times as old. How old will the ` +
    `aunt be in ${years} years?`
  );
};

const garden: Template = (pick, work) => {
  const [name, rows, plants, lost] = [pick.of(names), pick.number(3, 12), pick.number(4, 15), pick.number(1, 11)];
  const planted = work.step(rows, "*", plants, (sum) => `${name} planted ${sum} seeds.`);
  work.step(planted, "-", lost, (sum) => `${sum} of them grew.`);
  return (
    `${name} plants ${rows} rows of ${plants} seeds in the garden. ${lost} seeds do not grow. How ` + "many seeds grow?"
  );
};

const trip: Template = (pick, work) => {
  const [name, speed, hours, more] = [pick.of(names), 5 * pick.number(6, 16), pick.number(2, 7), pick.number(5, 80)];
  const driven = work.step(speed, "*", hours, (sum) => `${name} drives ${sum} miles first.`);
  work.step(driven, "+", more, (sum) => `The whole trip is ${sum} miles.`);
  return (
    `${name} drives ${hours} hours at ${speed} miles an hour and then ${more} miles more. How many ` +
    "miles is the whole trip?"
  );
};

const saving: Template = (pick, work) => {
  const [name, weekly, weeks, thing] = [
    pick.of(names),
    pick.number(4, 20),
    pick.number(3, 12),
    pick.of(["bike", "guitar", "tent", "camera"]),
  ];
  const had = pick.number(5, 50);
  const saved = work.step(weekly, "*", weeks, (sum) => `${name} saves $${sum}.`);
  work.step(saved, "+", had, (sum) => `With what was there before, the ${thing} costs $${sum}.`);
  return (
    `${name} has $${had} and saves $${weekly} a week. After ${weeks} weeks there is just enough for ` +
    `a ${thing}. How many dollars does the ${thing} cost?`
  );
};

const boxes: Template = (pick, work) => {
  const [thing, place, boxCount, inBox, broken] = [
    pick.of(things),
    pick.of(places),
    pick.number(3, 12),
    pick.number(6, 24),
    pick.number(2, 15),
  ];
  const all = work.step(boxCount, "*", inBox, (sum) => `The boxes hold ${sum} ${thing}.`);
  const good = work.step(all, "-", broken, (sum) => `Of these ${sum} are good.`);
  const extra = pick.number(3, 40);
  work.step(good, "+", extra, (sum) => `With the others the ${place} has ${sum} ${thing}.`);
  return (
    `The ${place} gets ${boxCount} boxes of ${inBox} ${thing}, but ${broken} are broken. It had ` +
    `${extra} good ones before. How many good ${thing} does it have now?`
  );
};

/** Two- and three-step word problems about everyday things. */
export const templates: readonly Template[] = [
  change,
  halfLater,
  shared,
  wages,
  reading,
  ages,
  garden,
  trip,
  saving,
  boxes,
];

/** A question and answer with nothing to work out: what else a mixed stream holds. */
export const chatter = (pick: Picker): { readonly question: string; readonly answer: string } => {
  const [name, thing, place, count] = [pick.of(names), pick.of(things), pick.of(places), pick.number(2, 99)];
  return pick.of([
    {
      question: `Where does ${name} go on day ${count}?`,
      answer: `On day ${count} ${name} goes to the ${place} and brings ${thing}.`,
    },
    {
      question: `What does ${name} like about the ${place}?`,
      answer: `${name} likes the ${thing} there, most of all number ${count}.`,
    },
    {
      question: `Describe shelf ${count} of the ${place}.`,
      answer: `Shelf ${count} is full of ${thing}. ${name} put them there.`,
    },
  ]);
};
