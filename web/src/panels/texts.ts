/** Texts that several panels share. */
import { messages } from '../lib/i18n';

export const panelTexts = messages({
  noData: ['No data', '데이터 없음'],
  name: ['Name', '이름'],
  time: ['Time', '시간'],
  more: ['… {n} more', '… {n}개 더'],
  legend: ['Legend', '범례'],
  showOnly: ['{name}: show only this series; with Ctrl switch it on or off', '{name}: 이 시계열만 표시, Ctrl 키와 함께 누르면 켜기/끄기'],
  sortBy: ['Sort by {name}', '{name} 기준 정렬'],
  links: ['Links', '링크'],
  last: ['Last *', '마지막 값'],
  mean: ['Mean', '평균'],
  max: ['Max', '최대'],
  min: ['Min', '최소'],
  sum: ['Total', '합계'],
  total: ['Total', '합계'],
  percent: ['Percent', '비율'],
  value: ['Value', '값'],
});
