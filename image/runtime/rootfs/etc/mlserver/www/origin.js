// The examples name the address that this page came from.
for (const place of document.querySelectorAll(".origin")) place.textContent = location.origin;
