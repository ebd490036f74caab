using System.Security.Cryptography;
using System.Text;
using Pyrsia.Curve25519;
using Pyrsia.Keys;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.Tests.Crypto;

[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class KeyFileTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Made by OpenSSL 3: <c>openssl pkcs8 -topk8 -v2 aes-256-cbc -passout pass:opensesame</c> of the seed 00 01 … 1f.</summary>
    private const string ByOpenSsl = """
        -----BEGIN ENCRYPTED PRIVATE KEY-----
        MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgNqNj80f7bpAICCAAwDAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEEhChCziPhaCq884LMdwr7sEQLWeUGiE6TyKuTbz+CVnpW7frETrwp/CeRfO8t3wpQ6qPXdVW09/W3RwYuEjN0CQb8D62YF01wBB2aNM8mM0m7k=
        -----END ENCRYPTED PRIVATE KEY-----
        """;

    private static readonly byte[] Seed = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_locked_key_opens_with_its_passphrase_and_no_other()
    {
        using var key = Ed25519PrivateKey.FromSeed(Seed);
        var path = Write(KeyFile.Encode(key, new KeySecrets("pässphrase")));
        Assert.StartsWith("-----BEGIN ENCRYPTED PRIVATE KEY-----\n", File.ReadAllText(path), StringComparison.Ordinal);
        using var opened = KeyFile.ReadEd25519(path, new KeySecrets("pässphrase"));
        Assert.Equal(Seed, opened.ExportSeed());
        Assert.Contains("does not open with the passphrase", Refused(path, "passphrase"), StringComparison.Ordinal);
        Assert.Contains("no passphrase was given", Refused(path, null), StringComparison.Ordinal);
    }

    [Fact]
    public void What_OpenSSL_has_encrypted_opens()
    {
        using var opened = KeyFile.ReadEd25519(Write(ByOpenSsl), new KeySecrets("opensesame"));
        Assert.Equal(Seed, opened.ExportSeed());
    }

    [Fact]
    public void A_plain_key_is_PKCS8_and_a_seed_at_will()
    {
        using var key = Ed25519PrivateKey.FromSeed(Seed);
        using var fromPem = KeyFile.ReadEd25519(Write(KeyFile.EncodePem(key.ExportPkcs8(), KeySecrets.None)), KeySecrets.None);
        using var fromSeed = KeyFile.ReadEd25519(Write(KeyFile.Encode(key, KeySecrets.None)), KeySecrets.None);
        Assert.Equal(Seed, fromPem.ExportSeed());
        Assert.Equal(Seed, fromSeed.ExportSeed());
    }

    [Fact]
    public void A_damaged_or_foreign_key_is_refused_with_words()
    {
        using var p256 = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Assert.Contains("does not hold an Ed25519 key", Refused(Write(p256.ExportPkcs8PrivateKeyPem()), null), StringComparison.Ordinal);
        Assert.Contains("EC PRIVATE KEY", Refused(Write(p256.ExportECPrivateKeyPem()), null), StringComparison.Ordinal);
        Assert.Contains("does not hold a private key", Refused(Write("nothing"), null), StringComparison.Ordinal);
        Assert.Contains("does not open", Refused(Write(PemEncoding.WriteString("ENCRYPTED PRIVATE KEY", Seed)), "x"), StringComparison.Ordinal);
        Assert.Contains("longer", Refused(Write(new string('a', 100_000)), null), StringComparison.Ordinal);
        Assert.Contains("there is no", Refused(_directory["absent"], null), StringComparison.Ordinal);
    }

    [Fact]
    public void A_passphrase_comes_by_environment_or_by_a_file_of_its_owner_and_never_by_the_command_line()
    {
        Assert.Equal("of the environment", KeySecrets.Find("key-passphrase", null, "of the environment"));
        Assert.Null(KeySecrets.Find("key-passphrase", null, ""));
        Assert.Equal("of a file", KeySecrets.Find("key-passphrase", "@" + Write("of a file\n"), "of the environment"));
        var onTheLine = Assert.Throws<KeyFileException>(() => KeySecrets.Find("key-passphrase", "secret", null));
        Assert.Contains("PYRSIA_KEY_PASSPHRASE", onTheLine.Advice, StringComparison.Ordinal);
        Assert.DoesNotContain("secret,", onTheLine.Message, StringComparison.Ordinal);
        Assert.Contains("is empty", Assert.Throws<KeyFileException>(() => KeySecrets.Find("key-passphrase", "@" + Write("\n"), null)).Message, StringComparison.Ordinal);
        var open = Write("of a file");
        File.SetUnixFileMode(open, OwnerOnly | UnixFileMode.OtherRead);
        Assert.Contains("may be read by others", Assert.Throws<KeyFileException>(() => KeySecrets.Find("key-passphrase", "@" + open, null)).Message, StringComparison.Ordinal);
    }

    private static string Refused(string path, string? passphrase) => Assert.Throws<KeyFileException>(() => KeyFile.ReadEd25519(path, new KeySecrets(passphrase))).Message;

    private string Write(string text) => Write(Encoding.UTF8.GetBytes(text));

    private string Write(byte[] content)
    {
        var path = _directory[$"key-{Guid.NewGuid():N}"];
        File.WriteAllBytes(path, content);
        File.SetUnixFileMode(path, OwnerOnly);
        return path;
    }
}
