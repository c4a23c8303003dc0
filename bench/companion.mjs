// Runs Uppy Companion for comparison: only its S3 routes, with example credentials. Arguments: port, folder for its files.
import express from "express";
import * as companion from "@uppy/companion";

const [port, folder] = process.argv.slice(2);
const app = express();
app.use(express.json());
const { app: routes } = companion.app({
  filePath: folder,
  secret: "a secret of the bench, for nobody",
  server: { host: `127.0.0.1:${port}`, protocol: "http" },
  corsOrigins: ["http://127.0.0.1"],
  uploadUrls: ["http://127.0.0.1"],
  s3: {
    key: "AKIDEXAMPLE",
    secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    bucket: "vitrine",
    region: "us-east-1",
    endpoint: "http://127.0.0.1:8333",
    forcePathStyle: true,
    getKey: ({ filename }) => filename,
    conditions: [["content-length-range", 1, 52428800]],
    expires: 900,
  },
});
app.use(routes);
companion.socket(app.listen(Number(port), "127.0.0.1"));
