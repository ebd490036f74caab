using System.Text;
using Pyrsia.Contracts;
using Xunit;

namespace Pyrsia.Tests.Contracts;

public sealed class XmlPathsTests
{
    [Fact]
    public void Elements_are_told_with_their_paths_and_texts_in_the_encoding_that_is_declared()
    {
        var told = new List<(string, string)>();
        Assert.True(XmlPaths.TryRead(Encoding.Latin1.GetBytes("<?xml version='1.0' encoding='ISO-8859-1'?><a><b>caf\u00e9</b><c/></a>"), (path, text) => told.Add((path, text)), out var root));
        Assert.Equal("a", root);
        Assert.Equal([("a/b", "caf\u00e9"), ("a/c", ""), ("a", "")], told);
    }

    [Theory]
    [InlineData("3c61")]
    [InlineData("3c3f786d6c2076657273696f6e3d22312e3064cde2de8c5ff6ed223f3e")]
    public void What_is_no_document_is_none(string hex) => Assert.False(XmlPaths.TryRead(Convert.FromHexString(hex), (_, _) => { }, out _));
}
