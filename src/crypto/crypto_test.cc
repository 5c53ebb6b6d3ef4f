// Vectors are those of the documents named beside them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/call.h"

namespace wws::crypto {
namespace {

using Buffer = std::vector<std::uint8_t>;

Buffer from_hex(std::string_view text) {
  Buffer bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes.push_back(static_cast<std::uint8_t>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

std::string to_hex(Bytes bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

Buffer text(std::string_view characters) { return {characters.begin(), characters.end()}; }

struct Ran {
  Outcome outcome;
  Buffer output;
  int steps = 0;
};

class CryptoTest : public ::testing::Test {
 protected:
  Ran run(Operation operation, Hash hash, std::uint32_t number, const std::vector<Buffer>& inputs,
          std::size_t room = 8192) {
    const std::vector<Bytes> views(inputs.begin(), inputs.end());
    Ran ran{0U, Buffer(room), 0};
    Call call;
    for (std::optional<Outcome> outcome; !outcome; ++ran.steps) {
      outcome = call.step({operation, hash, number, views, ran.output});
      if (outcome) ran.outcome = *outcome;
    }
    if (ran.outcome && *ran.outcome <= room) ran.output.resize(*ran.outcome);
    return ran;
  }
  std::string hex(Operation operation, Hash hash, std::uint32_t number, const std::vector<Buffer>& inputs,
                  std::size_t room = 8192) {
    const Ran ran = run(operation, hash, number, inputs, room);
    EXPECT_TRUE(ran.outcome) << static_cast<int>(ran.outcome.error());
    return ran.outcome ? to_hex(ran.output) : "";
  }
  Failure failure(Operation operation, Hash hash, std::uint32_t number, const std::vector<Buffer>& inputs) {
    const Ran ran = run(operation, hash, number, inputs);
    EXPECT_FALSE(ran.outcome);
    return ran.outcome ? Failure{} : ran.outcome.error();
  }
  /// Type and parts of a key that was written.
  std::vector<Buffer> parts(const Buffer& bytes, KeyType type) {
    std::uint32_t size = 0;
    std::memcpy(&size, bytes.data(), sizeof size);
    EXPECT_EQ(static_cast<KeyType>(size), type);
    std::vector<Buffer> all;
    for (std::size_t at = sizeof size; at < bytes.size(); at += size) {
      std::memcpy(&size, bytes.data() + at, sizeof size);
      at += sizeof size;
      all.emplace_back(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                       bytes.begin() + static_cast<std::ptrdiff_t>(at + size));
    }
    return all;
  }
  static std::vector<Buffer> joined(std::vector<Buffer> first, const std::vector<Buffer>& more) {
    first.insert(first.end(), more.begin(), more.end());
    return first;
  }
};

TEST_F(CryptoTest, DigestsOfFips180) {
  EXPECT_EQ(hex(Operation::kDigest, Hash::kSha1, 0, {text("abc")}),
            "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(hex(Operation::kDigest, Hash::kSha256, 0, {text("a"), {}, text("bc")}),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(
      hex(Operation::kDigest, Hash::kSha384, 0, {text("abc")}),
      "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7");
  EXPECT_EQ(hex(Operation::kDigest, Hash::kSha512, 0, {text("abc")}),
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd"
            "454d4423643ce80e2a9ac94fa54ca49f");
  EXPECT_EQ(hex(Operation::kDigest, Hash::kMd5, 0, {text("abc")}),
            "900150983cd24fb0d6963f7d28e17f72");  // RFC 1321
  EXPECT_EQ(hex(Operation::kDigest, Hash::kSha1, 0, {}), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
}

TEST_F(CryptoTest, LongInputsTakeSeveralSteps) {
  const Ran ran = run(Operation::kDigest, Hash::kSha256, 0, {Buffer(1'000'000, 'a')});
  EXPECT_EQ(to_hex(ran.output),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");  // FIPS 180
  EXPECT_GT(ran.steps, 10);
}

TEST_F(CryptoTest, HmacOfRfc4231) {
  EXPECT_EQ(
      hex(Operation::kHmac, Hash::kSha256, 0, {text("Jefe"), text("what do ya want "), text("for nothing?")}),
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hex(Operation::kHmac, Hash::kSha256, 0, {{}, {}}),
            "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST_F(CryptoTest, Pbkdf2OfRfc7914) {
  EXPECT_EQ(hex(Operation::kPbkdf2, Hash::kSha256, 1, {text("passwd"), text("salt")}, 64),
            "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
            "49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783");
  const Ran ran = run(Operation::kPbkdf2, Hash::kSha256, 80000, {text("Password"), text("NaCl")}, 64);
  EXPECT_EQ(to_hex(ran.output),
            "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56"
            "a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d");
  EXPECT_GT(ran.steps, 100);
  EXPECT_EQ(hex(Operation::kPbkdf2, Hash::kSha256, 1, {text("passwd"), text("salt")}, 7), "55ac046e56e308");
}

TEST_F(CryptoTest, AesGcmOfNist) {
  const Buffer key = from_hex("feffe9928665731c6d6a8f9467308308");
  const Buffer iv = from_hex("cafebabefacedbaddecaf888");
  const Buffer beside = from_hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
  const Buffer data = from_hex(
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aed"
      "f5"
      "aa0de657ba637b39");
  Ran sealed = run(Operation::kAesGcmEncrypt, {}, 16, {key, iv, beside, data});
  EXPECT_EQ(
      to_hex(sealed.output),
      "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba3"
      "0b396a0aac973d58e0915bc94fbc3221a5db94fae95ae7121a47");
  EXPECT_EQ(run(Operation::kAesGcmDecrypt, {}, 16, {key, iv, beside, sealed.output}).output, data);
  sealed.output[3] ^= 1;
  const Ran opened = run(Operation::kAesGcmDecrypt, {}, 16, {key, iv, beside, sealed.output}, data.size());
  EXPECT_EQ(opened.outcome, Outcome(std::unexpect, Failure::kFailed));
  EXPECT_EQ(opened.output, Buffer(data.size())) << "what is not authentic is not given away";
  EXPECT_EQ(failure(Operation::kAesGcmEncrypt, {}, 17, {key, iv, {}, data}), Failure::kInvalid);
  EXPECT_EQ(failure(Operation::kAesGcmEncrypt, {}, 16, {Buffer(15), iv, {}, data}), Failure::kKey);
  EXPECT_EQ(failure(Operation::kAesGcmDecrypt, {}, 16, {key, iv, {}, Buffer(15)}), Failure::kFailed);
}

TEST_F(CryptoTest, CbcPadsAndCtrDoesNot) {
  const Buffer key = from_hex("2b7e151628aed2a6abf7158809cf4f3c");  // SP 800-38A
  const Buffer iv = from_hex("000102030405060708090a0b0c0d0e0f");
  const Buffer block = from_hex("6bc1bee22e409f96e93d7e117393172a");
  const Ran sealed = run(Operation::kAesCbcEncrypt, {}, 0, {key, iv, block});
  EXPECT_EQ(to_hex(sealed.output).substr(0, 32), "7649abac8119b246cee98e9b12e9197d");
  EXPECT_EQ(sealed.output.size(), 32U);
  EXPECT_EQ(run(Operation::kAesCbcDecrypt, {}, 0, {key, iv, sealed.output}).output, block);
  EXPECT_EQ(failure(Operation::kAesCbcDecrypt, {}, 0, {key, iv, block}), Failure::kFailed);
  EXPECT_EQ(hex(Operation::kAesCtr, {}, 0, {key, from_hex("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"), block}),
            "874d6191b620e3261bef6864990db6ce");
  const Buffer large(300'001, 7);
  const Ran both = run(Operation::kAesCbcEncrypt, {}, 0, {key, iv, large}, 300'016);
  EXPECT_GT(both.steps, 3);
  EXPECT_EQ(run(Operation::kAesCbcDecrypt, {}, 0, {key, iv, both.output}, 300'016).output, large);
}

TEST_F(CryptoTest, KeyWrapOfRfc3394) {
  const Buffer key = from_hex("000102030405060708090a0b0c0d0e0f");
  const Buffer data = from_hex("00112233445566778899aabbccddeeff");
  Ran wrapped = run(Operation::kAesKeyWrap, {}, 0, {key, data});
  EXPECT_EQ(to_hex(wrapped.output), "1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5");
  EXPECT_EQ(run(Operation::kAesKeyUnwrap, {}, 0, {key, wrapped.output}, 16).output, data);
  wrapped.output[0] ^= 1;
  EXPECT_EQ(failure(Operation::kAesKeyUnwrap, {}, 0, {key, wrapped.output}), Failure::kFailed);
}

TEST_F(CryptoTest, Ed25519OfRfc8032) {
  const Buffer secret = from_hex("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7");
  const Buffer open = from_hex("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025");
  Ran made = run(Operation::kEd25519Sign, {}, 0, {from_hex("af82"), secret});
  EXPECT_EQ(
      to_hex(made.output),
      "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15"
      "e9716ed28dc027beceea1ec40a");
  EXPECT_TRUE(run(Operation::kEd25519Verify, {}, 0, {from_hex("af82"), made.output, open}).outcome);
  EXPECT_EQ(failure(Operation::kEd25519Verify, {}, 0, {from_hex("af83"), made.output, open}),
            Failure::kFailed);
  // A signature that is right for every message under this key.
  Buffer small(32);
  small[0] = 1;
  Buffer signature = small;
  signature.resize(64);
  EXPECT_EQ(failure(Operation::kEd25519Verify, {}, 0, {{}, signature, small}), Failure::kFailed);
}

TEST_F(CryptoTest, EcdsaOfRfc6979) {
  const Buffer point = from_hex(
      "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb67903fe1008b8bc99a41ae9e95628bc64f2f1"
      "b20c2d"
      "7e9f5177a3c294d4462299");
  Buffer signature = from_hex(
      "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716f7cb1c942d657c41d436c7a1b6e29f65f3e900"
      "dbb9af"
      "f4064dc4ab2f843acda8");
  const Buffer digest = run(Operation::kDigest, Hash::kSha256, 0, {text("sample")}).output;
  EXPECT_TRUE(run(Operation::kEcdsaVerify, Hash::kSha256, 1, {digest, signature, point}).outcome);
  signature[10] ^= 1;
  EXPECT_EQ(failure(Operation::kEcdsaVerify, Hash::kSha256, 1, {digest, signature, point}), Failure::kFailed);
  signature.pop_back();
  EXPECT_EQ(failure(Operation::kEcdsaVerify, Hash::kSha256, 1, {digest, signature, point}), Failure::kFailed);
  EXPECT_EQ(failure(Operation::kEcdsaVerify, Hash::kSha256, 1, {digest, {}, Buffer(65, 4)}), Failure::kKey);
  EXPECT_EQ(failure(Operation::kEcdsaVerify, Hash::kSha384, 1, {digest, {}, point}), Failure::kInvalid);
  EXPECT_EQ(failure(Operation::kEcdsaVerify, Hash::kSha256, 6, {digest, {}, point}), Failure::kInvalid);
}

/// Every kind of pair: made, written as DER, read again, and used.
TEST_F(CryptoTest, PairsGoThroughDer) {
  for (const KeyType type :
       {KeyType::kP256, KeyType::kP384, KeyType::kP521, KeyType::kEd25519, KeyType::kX25519}) {
    const auto number = static_cast<std::uint32_t>(type);
    const auto key = parts(run(Operation::kGenerate, {}, number, {}).output, type);
    ASSERT_EQ(key.size(), 2U);
    const Buffer secret_der = run(Operation::kWritePrivateKey, {}, number, key).output;
    EXPECT_EQ(parts(run(Operation::kReadPrivateKey, {}, 0, {secret_der}).output, type), key);
    const Buffer open_der = run(Operation::kWritePublicKey, {}, number, {key[1]}).output;
    EXPECT_EQ(parts(run(Operation::kReadPublicKey, {}, 0, {open_der}).output, type),
              std::vector<Buffer>{key[1]});
    EXPECT_EQ(run(Operation::kWritePrivateKey, {}, number, {key[0]}).output, secret_der);
    const auto other = parts(run(Operation::kGenerate, {}, number, {}).output, type);
    EXPECT_EQ(failure(Operation::kWritePrivateKey, {}, number, {key[0], other[1]}), Failure::kKey);
    Buffer longer = secret_der;
    longer.push_back(0);
    EXPECT_EQ(failure(Operation::kReadPrivateKey, {}, 0, {longer}), Failure::kKey);
    EXPECT_EQ(failure(Operation::kReadPublicKey, {}, 0, {secret_der}), Failure::kKey);
    if (type == KeyType::kEd25519) continue;
    const Buffer secret = run(Operation::kDeriveSecret, {}, number, {other[1], key[0], key[1]}).output;
    EXPECT_EQ(secret.size(), type == KeyType::kX25519 ? 32U : key[0].size());
    EXPECT_EQ(run(Operation::kDeriveSecret, {}, number, {key[1], other[0]}).output, secret);
    if (type == KeyType::kX25519) continue;
    const Buffer digest(64, 3);
    const Buffer signature = run(Operation::kEcdsaSign, Hash::kSha512, number, joined({digest}, key)).output;
    EXPECT_TRUE(run(Operation::kEcdsaVerify, Hash::kSha512, number, {digest, signature, key[1]}).outcome);
  }
}

TEST_F(CryptoTest, RsaFromGenerationToUse) {
  const Ran made = run(Operation::kRsaGenerate, {}, 1024, {from_hex("010001")});
  EXPECT_GT(made.steps, 16) << "one round of one test of one number is a step";
  const auto key = parts(made.output, KeyType::kRsa);
  ASSERT_EQ(key.size(), 8U);
  EXPECT_EQ(key[0].size(), 128U);
  const std::vector open = {key[0], key[1]};
  const Buffer der = run(Operation::kWritePrivateKey, {}, 6, key).output;
  EXPECT_EQ(parts(run(Operation::kReadPrivateKey, {}, 0, {der}).output, KeyType::kRsa), key);
  const Buffer open_der = run(Operation::kWritePublicKey, {}, 6, open).output;
  EXPECT_EQ(parts(run(Operation::kReadPublicKey, {}, 0, {open_der}).output, KeyType::kRsa), open);

  const Buffer digest(32, 9);
  for (const auto& [sign, verify, salt] :
       {std::tuple(Operation::kRsaPkcs1Sign, Operation::kRsaPkcs1Verify, 0U),
        std::tuple(Operation::kRsaPssSign, Operation::kRsaPssVerify, 32U)}) {
    const Buffer signature = run(sign, Hash::kSha256, salt, joined({digest}, key)).output;
    EXPECT_EQ(signature.size(), 128U);
    EXPECT_TRUE(run(verify, Hash::kSha256, salt, joined({digest, signature}, open)).outcome);
    EXPECT_EQ(failure(verify, Hash::kSha256, salt, joined({Buffer(32, 8), signature}, open)),
              Failure::kFailed);
  }
  EXPECT_EQ(failure(Operation::kRsaPssSign, Hash::kSha256, 200, joined({digest}, key)), Failure::kFailed);
  const Buffer sealed =
      run(Operation::kRsaOaepEncrypt, Hash::kSha256, 0, joined({text("secret"), text("l")}, open)).output;
  EXPECT_EQ(run(Operation::kRsaOaepDecrypt, Hash::kSha256, 0, joined({sealed, text("l")}, key)).output,
            text("secret"));
  EXPECT_EQ(failure(Operation::kRsaOaepDecrypt, Hash::kSha256, 0, joined({sealed, text("m")}, key)),
            Failure::kFailed);

  auto wrong = key;
  wrong[5][0] ^= 1;
  EXPECT_EQ(failure(Operation::kWritePrivateKey, {}, 6, wrong), Failure::kKey);
  EXPECT_EQ(failure(Operation::kRsaGenerate, {}, 1024, {from_hex("02")}), Failure::kFailed);
  EXPECT_EQ(failure(Operation::kRsaGenerate, {}, 8192, {from_hex("03")}), Failure::kLimit);
}

TEST_F(CryptoTest, TooLittleRoomIsSaidBeforeAnythingIsDone) {
  const Ran ran = run(Operation::kDigest, Hash::kSha256, 0, {text("abc")}, 31);
  EXPECT_EQ(ran.outcome, 32U);
  EXPECT_EQ(ran.output, Buffer(31));
  EXPECT_EQ(run(Operation::kAesGcmEncrypt, {}, 12, {Buffer(16), Buffer(12), {}, Buffer(9)}, 20).outcome, 21U);
  EXPECT_EQ(run(Operation::kAesCbcEncrypt, {}, 0, {Buffer(16), Buffer(16), Buffer(16)}, 31).outcome, 32U);
}

TEST_F(CryptoTest, WhatIsNoRequestIsRefused) {
  EXPECT_EQ(failure(Operation{99}, Hash::kSha256, 0, {}), Failure::kInvalid);
  EXPECT_EQ(failure(Operation::kDigest, Hash{0}, 0, {}), Failure::kInvalid);
  EXPECT_EQ(failure(Operation::kDigest, Hash{6}, 0, {}), Failure::kInvalid);
  EXPECT_EQ(failure(Operation::kGenerate, {}, 0, {}), Failure::kInvalid);
  EXPECT_EQ(failure(Operation::kPbkdf2, Hash::kSha1, 0, {{}, {}}), Failure::kInvalid);
  EXPECT_EQ(failure(Operation::kReadPublicKey, {}, 0, {Buffer(100'000)}), Failure::kLimit);
  EXPECT_EQ(failure(Operation::kHmac, Hash::kSha1, 0, {Buffer(1 << 20), {}}), Failure::kLimit);
}

}  // namespace
}  // namespace wws::crypto
