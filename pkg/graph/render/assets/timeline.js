'use strict';
const chart = document.getElementById('chart');
document.getElementById('only').onchange = e => chart.classList.toggle('only', e.target.checked);
document.getElementById('zoom').oninput = e => chart.style.setProperty('--zoom', e.target.value);
