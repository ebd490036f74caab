using Pyrsia.Authority.Keys;
using Pyrsia.Keys;
using Pyrsia.Node.Hosting;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.Tests.Authority;

[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class AuthorityKeysTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Keys_are_files_of_the_owner_and_come_back_the_same()
    {
        using var made = AuthorityKeys.Create(_directory.Path, KeySecrets.None);
        Assert.All([.. Directory.GetFiles(_directory["keys"]), _directory["identity.key"]], file => Assert.Equal(OwnerOnly, File.GetUnixFileMode(file)));
        Assert.Equal(4, Directory.GetFiles(_directory["keys"]).Length);
        using var loaded = AuthorityKeys.Load(_directory.Path, KeySecrets.None);
        Assert.Equal(made.Vote.PublicKey, loaded.Vote.PublicKey);
        Assert.Equal(made.Cosigner.PublicKey, loaded.Cosigner.PublicKey);
        Assert.Equal(made.Log.PublicKey, loaded.Log.PublicKey);
        Assert.Equal(made.Builder.PublicKey, loaded.Builder.PublicKey);
        Assert.Equal(made.Identity.PeerId, loaded.Identity.PeerId);
    }

    [Fact]
    public void Keys_that_are_there_are_never_replaced()
    {
        using (AuthorityKeys.Create(_directory.Path, KeySecrets.None)) { }
        var before = Directory.GetFiles(_directory["keys"]).ToDictionary(file => file, File.ReadAllText);
        var refused = Assert.Throws<StartupException>(() => AuthorityKeys.Create(_directory.Path, KeySecrets.None));
        Assert.Contains("never replaced", refused.Message, StringComparison.Ordinal);
        Assert.All(before, file => Assert.Equal(file.Value, File.ReadAllText(file.Key)));
    }

    [Theory]
    [InlineData("keys/vote.key")]
    [InlineData("keys/cosigner.key")]
    [InlineData("keys/log.key")]
    [InlineData("keys/builder.key")]
    [InlineData("identity.key")]
    public void A_key_that_others_may_read_is_refused_and_named(string file)
    {
        using (AuthorityKeys.Create(_directory.Path, KeySecrets.None)) { }
        File.SetUnixFileMode(_directory[file], OwnerOnly | UnixFileMode.GroupRead);
        var refused = Assert.Throws<StartupException>(() => AuthorityKeys.Load(_directory.Path, KeySecrets.None));
        Assert.Contains(file, refused.Message, StringComparison.Ordinal);
        Assert.Contains("600", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("keys/vote.key", "rsa AAAA")]
    [InlineData("keys/vote.key", "ed25519 not base64")]
    [InlineData("keys/vote.key", "ed25519 AAAA")]
    [InlineData("keys/builder.key", "no pem")]
    [InlineData("keys/builder.key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----")]
    [InlineData("identity.key", "x")]
    public void A_key_that_is_malformed_is_refused_with_words(string file, string content)
    {
        using (AuthorityKeys.Create(_directory.Path, KeySecrets.None)) { }
        File.WriteAllText(_directory[file], content);
        Assert.Contains("cannot be used", Assert.Throws<StartupException>(() => AuthorityKeys.Load(_directory.Path, KeySecrets.None)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_directory_without_keys_says_how_to_make_them()
    {
        Assert.Contains("pyrsia-authority init", Assert.Throws<StartupException>(() => AuthorityKeys.Load(_directory.Path, KeySecrets.None)).Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void With_a_passphrase_all_five_keys_are_encrypted_and_open_with_it_alone()
    {
        var secrets = new KeySecrets("opensesame");
        using var made = AuthorityKeys.Create(_directory.Path, secrets);
        Assert.All([.. Directory.GetFiles(_directory["keys"]), _directory["identity.key"]], file =>
        {
            Assert.Equal(OwnerOnly, File.GetUnixFileMode(file));
            Assert.StartsWith("-----BEGIN ENCRYPTED PRIVATE KEY-----", File.ReadAllText(file), StringComparison.Ordinal);
        });
        using var loaded = AuthorityKeys.Load(_directory.Path, secrets);
        Assert.Equal(made.Vote.PublicKey, loaded.Vote.PublicKey);
        Assert.Equal(made.Builder.PublicKey, loaded.Builder.PublicKey);
        Assert.Equal(made.Identity.PeerId, loaded.Identity.PeerId);
        Assert.Contains("does not open", Assert.Throws<StartupException>(() => AuthorityKeys.Load(_directory.Path, new KeySecrets("other"))).Message, StringComparison.Ordinal);
        Assert.Contains("PYRSIA_KEY_PASSPHRASE", Assert.Throws<StartupException>(() => AuthorityKeys.Load(_directory.Path, KeySecrets.None)).Advice, StringComparison.Ordinal);
        Assert.Contains("does not open", Assert.Throws<StartupException>(() => NodeIdentity.LoadOrCreate(_directory.Path, new KeySecrets("other"))).Message, StringComparison.Ordinal);
    }
}
