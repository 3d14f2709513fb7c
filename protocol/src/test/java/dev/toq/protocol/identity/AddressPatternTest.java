package dev.toq.protocol.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
}
