"""What lets the pages be installed like a program: manifest, service worker, the page without a network."""
