// Drives mpesa-node through every call; only its base URL is changed.
"use strict";

const Mpesa = require("mpesa-node");

const env = process.env;
const url = env.MPESA_CALLBACK_URL;
const phone = Number(env.MPESA_PHONE);

async function main() {
  const mpesa = new Mpesa({
    consumerKey: "key",
    consumerSecret: "secret",
    shortCode: "174379",
    initiatorName: "testapi",
    lipaNaMpesaShortCode: 174379,
    lipaNaMpesaShortPass: env.MPESA_PASSKEY,
    securityCredential: env.MPESA_INITIATOR_PASSWORD,
    certPath: env.MPESA_CERTIFICATE,
  });
  mpesa.baseURL = env.MPESA_BASE_URL;
  const said = { token: (await mpesa.oAuth()).data.access_token };
  const keep = async (name, answer) => (said[name] = (await answer).data);
  await keep("stk_push", mpesa.lipaNaMpesaOnline(phone, 10, url, "TRIAL"));
  await keep("stk_query", mpesa.lipaNaMpesaQuery(said.stk_push.CheckoutRequestID));
  await keep("b2c", mpesa.b2c("600992", phone, 20, url, url));
  await keep("transaction_status", mpesa.transactionStatus(env.MPESA_RECEIPT, "174379", 4, url, url));
  await keep("reversal", mpesa.reversal(env.MPESA_RECEIPT, 30, url, url));
  await keep("account_balance", mpesa.accountBalance("174379", 4, url, url));
  await keep("c2b_register_url", mpesa.c2bRegister(url, url, "600984"));
  await keep("c2b_simulate", mpesa.c2bSimulate(phone, 40, "TRIAL", "CustomerPayBillOnline", "600984"));
  process.stdout.write(JSON.stringify(said));
}

main().catch((error) => {
  process.stderr.write(JSON.stringify(error.response ? error.response.data : String(error.stack)));
  process.exit(1);
});
