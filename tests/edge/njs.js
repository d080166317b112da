// Appended after answer.js for Debian's njs: answers the questions of one file into another. It must not know the rules.
async function answerAll(asked, answered) {
  const fs = require('fs');
  const questions = JSON.parse(fs.readFileSync(asked, 'utf8'));
  const answers = [];
  for (let i = 0; i < questions.length; i++) {
    const answer = await answerTo(questions[i]);
    answers.push(answer);
  }
  fs.writeFileSync(answered, JSON.stringify(answers)); // console.log breaks long lines
}
answerAll(process.argv[process.argv.length - 2], process.argv[process.argv.length - 1]);
