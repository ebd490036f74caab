using System.Security.Cryptography;
using Pyrsia.Authority.Keys;
using Pyrsia.Curve25519;
using Pyrsia.Keys;
using Pyrsia.Node.Hosting;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.Tests.Crypto;

public sealed class TokenKeyTests(TokenFixture fixture) : IClassFixture<TokenFixture>, IDisposable
{
    private static readonly KeySecrets Pin = new(pin: SoftToken.Pin);

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void All_four_keys_of_an_authority_may_be_in_a_token_and_no_file_has_their_secrets()
    {
        using var made = AuthorityKeys.Create(_directory.Path, Pin, fixture.Uris);
        Assert.All(fixture.Uris, key => Assert.Equal(key.Value + "\n", File.ReadAllText(_directory[$"keys/{key.Key}.key"])));
        using var keys = AuthorityKeys.Load(_directory.Path, Pin);
        Assert.Equal(fixture.PublicKeys["vote"], keys.Vote.PublicKey);
        Assert.Equal(fixture.PublicKeys["cosigner"], keys.Cosigner.PublicKey);
        Assert.Equal(fixture.PublicKeys["log"], keys.Log.PublicKey);
        Assert.Equal(fixture.Builder.ToString(), keys.Builder.PublicKey.ToString());
        var message = "a vote"u8.ToArray();
        Assert.True(fixture.PublicKeys["vote"].Verify(message, keys.Vote.Sign(message)));
        Assert.Equal(keys.Vote.Sign(message), keys.Vote.Sign(message));
        Assert.True(fixture.Builder.Verify(message, keys.Builder.Sign(message)));
        Assert.Throws<CryptographicException>(() => keys.Builder.ExportPkcs8());
    }

    [Fact]
    public async Task Many_threads_sign_with_one_key()
    {
        using var key = TokenEd25519Key.Open(Uri("vote"), SoftToken.Pin);
        await Task.WhenAll(Enumerable.Range(0, 64).Select(i => Task.Run(() => Assert.True(key.PublicKey.Verify([(byte)i], ((IEd25519Signer)key).Sign([(byte)i]))))));
    }

    [Fact]
    public void What_the_token_does_not_have_is_said()
    {
        Assert.Contains("no private Ed25519 key", Refused("pkcs11:token=pyrsia;object=other"), StringComparison.Ordinal);
        Assert.Contains("no private Ed25519 key", Refused("pkcs11:token=pyrsia;object=builder"), StringComparison.Ordinal);
        Assert.Contains("there is no token", Refused("pkcs11:token=nowhere;object=vote"), StringComparison.Ordinal);
        Assert.Contains("cannot be loaded", Refused("pkcs11:token=pyrsia;object=vote", "/usr/lib/none.so"), StringComparison.Ordinal);
        Assert.Contains("cannot be loaded", Refused("pkcs11:token=pyrsia;object=vote", typeof(TokenKeyTests).Assembly.Location), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pkcs11:object=vote?module-path=/m.so", "names no token")]
    [InlineData("pkcs11:token=t?module-path=/m.so", "names no key")]
    [InlineData("pkcs11:token=t;id=?module-path=/m.so", "is no id")]
    [InlineData("pkcs11:token=t;id=%0?module-path=/m.so", "is no id")]
    [InlineData("pkcs11:token=t;object=vote", "names no module")]
    [InlineData("pkcs11:token=t;object=vote?module-path=m.so", "names no module")]
    [InlineData("pkcs11:token=t;object=vote;type=public?module-path=/m.so", "'type' is not understood")]
    [InlineData("pkcs11:token=t;object=vote?module-path=/m.so&pin-value=1", "PYRSIA_TOKEN_PIN")]
    [InlineData("pkcs11:token=t;object=vote;slot-id=1?module-path=/m.so", "'slot-id' is not understood")]
    public void A_name_that_says_too_little_or_what_is_not_heeded_is_refused(string text, string reason)
    {
        Assert.False(TokenUri.TryParse(text, out _, out var error));
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_has_labels_and_ids_as_RFC_7512_writes_them()
    {
        Assert.True(TokenUri.TryParse("pkcs11:token=my%20token;serial=01;object=a%3bb;id=%01a;type=private?module-path=/usr/lib/m.so", out var uri, out _));
        Assert.Equal("a;b"u8.ToArray(), uri.Label);
        Assert.Equal([0x01, (byte)'a'], uri.Id);
        Assert.Equal("token=my token;serial=01;object=a;b;id=%01%61", uri.ToString());
    }

    [Fact]
    public void Nothing_is_written_when_a_key_in_the_token_does_not_sign()
    {
        var wrong = new Dictionary<string, string> { ["vote"] = fixture.Uris["vote"].Replace("object=vote", "object=absent", StringComparison.Ordinal) };
        Assert.Contains("vote key", Assert.Throws<StartupException>(() => AuthorityKeys.Create(_directory.Path, Pin, wrong)).Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_directory["keys"]));
    }

    private static string Refused(string path, string module = SoftToken.Module) =>
        Assert.Throws<KeyFileException>(() => TokenEd25519Key.Open(Parse($"{path}?module-path={module}"), SoftToken.Pin)).Message;

    private TokenUri Uri(string name) => Parse(fixture.Uris[name]);

    private static TokenUri Parse(string text) => TokenUri.TryParse(text, out var uri, out var error) ? uri : throw new InvalidOperationException(error);
}
