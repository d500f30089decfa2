/** What ssh-keygen made once: bytes to begin with. */

/** `ssh-keygen -s ca -I id -n root,ops -O force-command=ls -O source-address=10.0.0.0/8 -z 77` of an ecdsa key. */
export const certificate = Buffer.from(
  [
    'AAAAKGVjZHNhLXNoYTItbmlzdHAyNTYtY2VydC12MDFAb3BlbnNzaC5jb20AAAAgQu6tuErM9mT4pr8xoWrUnHyCQduKXehqxWO5+RL33OQAAAAIbmlzdHAyNTYAAABBBL',
    '1eOgsy0QZEC/h5h+kdq5yzQbur8TCIEruxT9KKeSu+M1T4VsFAltEAMil3LG9wvNJsCVkp0Sl++lQP522CS3EAAAAAAAAATQAAAAEAAAACaWQAAAAPAAAABHJvb3QAAAAD',
    'b3BzAAAAAAAAAAD//////////wAAAD8AAAANZm9yY2UtY29tbWFuZAAAAAYAAAACbHMAAAAOc291cmNlLWFkZHJlc3MAAAAOAAAACjEwLjAuMC4wLzgAAACCAAAAFXBlcm',
    '1pdC1YMTEtZm9yd2FyZGluZwAAAAAAAAAXcGVybWl0LWFnZW50LWZvcndhcmRpbmcAAAAAAAAAFnBlcm1pdC1wb3J0LWZvcndhcmRpbmcAAAAAAAAACnBlcm1pdC1wdHkA',
    'AAAAAAAADnBlcm1pdC11c2VyLXJjAAAAAAAAAAAAAAAzAAAAC3NzaC1lZDI1NTE5AAAAIBj8C6LJBQwUNrpiXWzP1cwXiBJR79BvthIk8vVv2E8MAAAAUwAAAAtzc2gtZW',
    'QyNTUxOQAAAEAwQRJczHX46bgA3ldJ/rd0SZoRL2AeFj8iFhbXPJEbSJpZKgHMmHq4gbiBYjSVT/4q6iFFte0eImnYbUJmRGgL',
  ].join(''),
  'base64',
);

/** `ssh-keygen -k -s ca.pub` with serials, a key id and a key. */
export const krl = Buffer.from(
  [
    'U1NIS1JMCgAAAAABAAAAAAAAAAAAAAAAawXfMgAAAAAAAAAAAAAAAAAAAAABAAAAXAAAADMAAAALc3NoLWVkMjU1MTkAAAAgGPwLoskFDBQ2umJdbM/VzBeIElHv0G+2Ei',
    'Ty9W/YTwwAAAAAIgAAAA8AAAAAAAAAAQAAAAMIA/8jAAAACAAAAARsb3N0AgAAAGwAAABoAAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBL1eOgsy',
    '0QZEC/h5h+kdq5yzQbur8TCIEruxT9KKeSu+M1T4VsFAltEAMil3LG9wvNJsCVkp0Sl++lQP522CS3E=',
  ].join(''),
  'base64',
);
