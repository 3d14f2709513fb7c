package dev.toq.protocol.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressPatternTest {
  @DisplayName("A pattern's host and agent are literal or a star, with or without the scheme")
  @ParameterizedTest(name = "{0} covers {1}: {2}")
  @CsvSource({
    "*,toq://a.com/x,true", "toq://*,toq://a.com/x,true", "*,a2a-client,true", "a2a-client,a2a-client,true",
    "toq://a.com/x,toq://a.com/x,true", "a.com/x,toq://a.com/x,true", "toq://a.com/x,toq://a.com/y,false",
    "toq://a.com/*,toq://a.com/x,true", "toq://a.com,toq://a.com/x,true", "toq://a.com/*,toq://b.com/x,false",
    "toq://*/x,toq://a.com/x,true", "toq://*/x,toq://a.com/y,false", "toq://*/*,toq://a.com/y,true",
    "toq://10.0.0.1/*,toq://10.0.0.1:9010/a,true", "toq://10.0.0.1:9010/*,toq://10.0.0.1:9010/a,true",
    "toq://10.0.0.1:9011/*,toq://10.0.0.1:9010/a,false", "toq://10.0.0.1:9010/*,toq://10.0.0.1/a,false",
    "toq://[::1]/*,toq://[::1]/a,true", "toq://[::1]/*,toq://[::2]/a,false", "toq://A.com/*,toq://a.com/x,true",
    "toq://a.*/x,toq://a.com/x,false", "toq://a.com/x*,toq://a.com/xy,false", "toq://com/*,toq://a.com/x,false",
    "toq://a.com/*,a2a-client,false", "'',toq://a.com/x,false", "toq://a.com/,toq://a.com/x,false"
  })
  void covers(String pattern, String address, boolean covered) {
    assertEquals(covered, AddressPattern.matches(pattern, address));
    if (address.startsWith("toq://")) {
      assertEquals(covered, AddressPattern.matches(pattern, Address.parse(address)));
    }
  }

  @DisplayName("A pattern is held against what an address means, not against its spelling (A-53)")
  @ParameterizedTest(name = "{0} covers {1}: {2}")
  @CsvSource({
    "toq://a.com:7070/*,toq://a.com:7070/x,true", "toq://a.com:7070/*,toq://a.com/x,true",
    "toq://a.com:7070/*,toq://a.com:7071/x,false", "toq://10.0.0.1:9009/*,toq://10.0.0.1/a,true",
    "toq://[0:0:0:0:0:0:0:1]/*,toq://[::1]/a,true", "toq://[2001:DB8::1]:7000/a,toq://[2001:db8::1]:7000/a,true"
  })
  void spelling(String pattern, String address, boolean covered) {
    assertEquals(covered, AddressPattern.matches(pattern, Address.parse(address)));
  }

  @DisplayName("A pattern that no address can match is refused with a sentence")
  @ParameterizedTest(name = "«{0}»")
  @ValueSource(strings = {
    "", " ", "toq://", "toq://a.com/", "toq://a.*/x", "toq://*.a.com/x", "toq://a.com/x*", "toq://a.com/X",
    "toq://a.com/x/y", "toq://a.com:0/x", "toq://*:7070/x", "toq://10.0.0.256/*", "toq://::1/*", "http://a.com/x"
  })
  void coversNothing(String pattern) {
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> AddressPattern.check(pattern));
    assertTrue(String.valueOf(refused.getMessage()).contains(" "), refused.getMessage());
  }

  @DisplayName("A pattern that covers every address is known as such")
  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource({"*,true", "toq://*,true", "toq://*/*,true", "*/*,true", "toq://*/x,false", "toq://a.com/*,false"})
  void coversAll(String pattern, boolean all) {
    AddressPattern.check(pattern);
    assertEquals(all, AddressPattern.coversAll(pattern));
  }
}
