using Pyrsia.Authority.Builds;
using Pyrsia.Node.Hosting;
using Pyrsia.Testing;
using Pyrsia.Testing.Provenance;
using Xunit;

namespace Pyrsia.Tests.Authority;

public sealed class AskerListTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly TestNetwork _network = new();

    public void Dispose()
    {
        _directory.Dispose();
        _network.Dispose();
    }

    private AskerList Read(string text)
    {
        File.WriteAllText(_directory["askers"], text);
        return AskerList.Read(_directory["askers"]);
    }

    [Fact]
    public void Those_in_the_list_may_ask_and_some_of_them_go_first()
    {
        var (asker, other) = (_network.Asker.PublicKey, _network.Operator.PublicKey);
        var list = Read($"# who may ask\n\n{AskerList.NameOf(asker)} first # ours\n  {AskerList.NameOf(other)}\n");
        Assert.Equal((true, true, true, false), (list.Admits(asker), list.GoesFirst(asker), list.Admits(other), list.GoesFirst(other)));
        Assert.False(list.Admits(_network.LogKeys[0].PublicKey));
        Assert.False(Read("").Admits(asker));
        Assert.Equal((true, false), (AskerList.Everybody.Admits(asker), AskerList.Everybody.GoesFirst(asker)));
    }

    [Theory]
    [InlineData("AAAA", "line 1")]
    [InlineData("\nnot base64", "line 2")]
    public void A_line_that_is_no_key_is_named(string text, string named) => Assert.Contains(named, Assert.Throws<StartupException>(() => Read(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_word_that_is_not_known_or_a_file_that_is_not_there_is_an_error()
    {
        Assert.Throws<StartupException>(() => Read($"{AskerList.NameOf(_network.Asker.PublicKey)} last"));
        Assert.Throws<StartupException>(() => AskerList.Read(_directory["none"]));
    }
}
