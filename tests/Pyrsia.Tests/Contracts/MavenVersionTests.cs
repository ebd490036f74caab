using Pyrsia.Contracts;
using Xunit;

namespace Pyrsia.Tests.Contracts;

/// <summary>The order was compared with that of Maven 3.8.7's own class, pair by pair.</summary>
public sealed class MavenVersionTests
{
    [Theory]
    [InlineData("1-alpha-2 1.0-alpha-10 1-a11 1-beta 1-b2 1-m3 1.0.0-M4 1-cr1 1-rc2 1-SNAPSHOT 1 1-sp 1-sp1 1-foo 1-foo2 1-foo10 1.0.0-jre 1.0-1 1.0-20261121.065219-2 1.0.1 1.1 1.9 1.10")]
    [InlineData("0.9 1.0.0.M1 1.0.0.RC1 1.0.0.RELEASE 1.0.0.v2012 1.0.0.20120101 20030203 20040616 99999999999999999999")]
    [InlineData("r05 r09 1 31.1-android 31.1-jre")]
    public void Versions_stand_in_the_order_of_maven(string ascending)
    {
        var versions = ascending.Split(' ').Select(MavenVersion.Parse).ToArray();
        for (var i = 0; i < versions.Length; i++)
            for (var j = 0; j < versions.Length; j++)
                Assert.True(Math.Sign(versions[i].CompareTo(versions[j])) == Math.Sign(i.CompareTo(j)), $"{versions[i]} and {versions[j]}");
    }

    [Theory]
    [InlineData("1", "1.0.0")]
    [InlineData("1", "1-ga")]
    [InlineData("1.0.0.Final", "1.RELEASE")]
    [InlineData("1-cr1", "1.0-RC1")]
    [InlineData("1.x", "1.0.x")]
    [InlineData("01.09", "1.9")]
    [InlineData("2.0b3", "2.0-b3")]
    public void What_means_the_same_is_equal(string one, string other) => Assert.Equal(0, MavenVersion.Parse(one).CompareTo(MavenVersion.Parse(other)));
}
