// What NODE_OPTIONS requires, before the application. The public image has a second name of register.js in this place; here, an agent
// that cannot start leaves the application as it would be without it, because an error in a required file ends the process.
'use strict';

var oldest = [18, 19];
var version = process.versions.node.split('.').map(Number);

if (version[0] < oldest[0] || (version[0] === oldest[0] && version[1] < oldest[1])) {
  console.error(
    'opentelemetry: not instrumented: this is Node.js ' + process.versions.node + ', and the agent needs ' + oldest.join('.') +
    ' or newer; the application runs without it'
  );
} else {
  try {
    require('./register.js');
  } catch (error) {
    console.error('opentelemetry: not instrumented: the agent did not start; the application runs without it:', error);
  }
}
