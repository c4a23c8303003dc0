// What an integrator's page would have, made reachable for the test.
import AwsS3 from '@uppy/aws-s3';
import Uppy from '@uppy/core';

globalThis.uppyHere = { AwsS3, Uppy };
