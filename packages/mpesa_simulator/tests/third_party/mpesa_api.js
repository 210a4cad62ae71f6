// Drives mpesa-api through every call; its requests are sent to the simulator instead of Safaricom.
"use strict";

const http = require("node:http");
const https = require("node:https");

const env = process.env;
const base = new URL(env.MPESA_BASE_URL);
https.request = (options, callback) =>
  http.request({ ...options, protocol: "http:", hostname: base.hostname, host: base.hostname, port: base.port, agent: undefined }, callback);

const { Mpesa } = require("mpesa-api");

const url = env.MPESA_CALLBACK_URL;
const phone = env.MPESA_PHONE;
const credentials = {
  clientKey: "key",
  clientSecret: "secret",
  initiatorPassword: env.MPESA_INITIATOR_PASSWORD,
  certificatePath: env.MPESA_CERTIFICATE,
};
const common = { Initiator: "testapi", ResultURL: url, QueueTimeOutURL: url, Remarks: "Trial", Occasion: "Trial" };

async function main() {
  const mpesa = new Mpesa(credentials, "sandbox");
  const said = { token: "fetched by every call" };
  const keep = async (name, answer) => (said[name] = await answer);
  await keep(
    "stk_push",
    mpesa.lipaNaMpesaOnline({
      BusinessShortCode: 174379,
      passKey: env.MPESA_PASSKEY,
      Amount: 10,
      PartyA: phone,
      PartyB: "174379",
      PhoneNumber: phone,
      CallBackURL: url,
      AccountReference: "TRIAL",
      TransactionDesc: "Trial",
    }),
  );
  const { CheckoutRequestID } = said.stk_push;
  await keep("stk_query", mpesa.lipaNaMpesaQuery({ BusinessShortCode: 174379, passKey: env.MPESA_PASSKEY, CheckoutRequestID }));
  await keep("b2c", mpesa.b2c({ ...common, CommandID: "BusinessPayment", Amount: 20, PartyA: "600992", PartyB: phone }));
  const receipt = env.MPESA_RECEIPT;
  await keep(
    "transaction_status",
    mpesa.transactionStatus({ ...common, CommandID: "TransactionStatusQuery", TransactionID: receipt, PartyA: "174379", IdentifierType: 4 }),
  );
  await keep(
    "reversal",
    mpesa.reversal({
      ...common,
      CommandID: "TransactionReversal",
      TransactionID: receipt,
      Amount: 30,
      ReceiverParty: "174379",
      RecieverIdentifierType: 11,
    }),
  );
  await keep("account_balance", mpesa.accountBalance({ ...common, CommandID: "AccountBalance", PartyA: "174379", IdentifierType: 4 }));
  await keep(
    "c2b_register_url",
    mpesa.c2bRegister({ ShortCode: 600984, ResponseType: "Completed", ConfirmationURL: url, ValidationURL: url }),
  );
  await keep(
    "c2b_simulate",
    mpesa.c2bSimulate({ ShortCode: 600984, CommandID: "CustomerPayBillOnline", Amount: 40, Msisdn: phone, BillRefNumber: "TRIAL" }),
  );
  process.stdout.write(JSON.stringify(said));
}

main().catch((error) => {
  process.stderr.write(JSON.stringify(error.response ? error.response.data : String(error.stack || error)));
  process.exit(1);
});
